use proptest::prelude::*;

use super::{
    csv_file::{inert, plain},
    *,
};

fn group(name: &str, description: &str) -> WantedGroup {
    WantedGroup {
        name: name.to_owned(),
        description: description.to_owned(),
        role: "arn:aws:iam::000000000001:role/team/Admin".parse().unwrap(),
        account_name: "=1+1".to_owned(),
        account_alias: Some("one".to_owned()),
    }
}

#[test]
fn a_csv_cell_is_quoted_and_no_formula() {
    let text = write(&[group("aws#one#a,b#000000000001", "says \"hello\"")], &Format::Csv).unwrap();
    assert_eq!(
        text,
        "name,description,managementGroups,accountId,accountName,accountAlias,roleArn\n\
         \"aws#one#a,b#000000000001\",\"says \"\"hello\"\"\",,000000000001,'=1+1,one,\
         arn:aws:iam::000000000001:role/team/Admin\n"
    );
}

#[test]
fn ldif_escapes_the_dn_and_encodes_what_is_not_plain() {
    let format = Format::Ldif { ou: "ou=aws,dc=example,dc=com".to_owned() };
    let text = write(&[group("aws#one#a+b=c,d.e@f-g_h#000000000001", " Verwaltung für alle")], &format).unwrap();
    let dn = r"cn=aws#one#a\+b\=c\,d.e@f-g_h#000000000001,ou=aws,dc=example,dc=com";
    assert_eq!(
        text,
        format!(
            "version: 1\n\ndn: {dn}\nobjectClass: top\nobjectClass: groupOfNames\n\
             cn: aws#one#a+b=c,d.e@f-g_h#000000000001\ndescription:: IFZlcndhbHR1bmcgZsO8ciBhbGxl\nmember: {dn}\n"
        )
    );
}

#[test]
fn a_powershell_string_holds_whatever_it_is_given() {
    let format = Format::PowerShell { ou: "OU=it's,DC=example,DC=com".to_owned() };
    let hostile = "x'; Remove-Item \u{2019}C:\\' $(calc) `n ő 😀\n#";
    let text = write(&[group("aws#one#Admin#000000000001", hostile)], &format).unwrap();
    assert!(text.is_ascii(), "whatever code page it is read in");
    assert!(text.contains("$ou = 'OU=it''s,DC=example,DC=com'\n"), "{text}");
    let literal = "('x''; Remove-Item '+[char]0x2019+'C:\\'' $(calc) `n '+[char]0x0151+' \
                   '+[char]0xD83D+''+[char]0xDE00+''+[char]0x000A+'#')";
    assert!(text.contains(&format!(" -Path $ou -Description {literal} }}\n")), "{text}");
    assert!(text.contains("-Name 'aws#one#Admin#000000000001' -SamAccountName 'aws#one#Admin#000000000001'"), "{text}");
}

#[test]
fn a_name_that_active_directory_does_not_take_is_left_out_and_said() {
    let format = Format::PowerShell { ou: "OU=aws,DC=example,DC=com".to_owned() };
    let long = format!("aws#one#{}#000000000001", "r".repeat(64));
    let text = write(&[group(&long, "")], &format).unwrap();
    assert!(
        !text.contains("New-ADGroup")
            && text.contains(&format!("Write-Warning (('left out, longer than 64 characters: ') + '{long}')")),
        "{text}"
    );
}

#[test]
fn an_ou_that_is_no_dn_is_refused() {
    for ou in ["", "aws", "ou=aws,", "ou"] {
        assert!(write(&[], &Format::Ldif { ou: ou.to_owned() }).is_err(), "{ou}");
    }
}

proptest! {
    #[test]
    fn every_cell_leads_back_and_none_is_a_formula(cell in "['=+@\t -]{0,4}.{0,6}") {
        let written = inert(&cell);
        prop_assert_eq!(plain(&written), &cell);
        prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
    }

    #[test]
    fn a_powershell_literal_is_one_ascii_expression(text in ".{0,20}") {
        let format = Format::PowerShell { ou: "dc=x".to_owned() };
        let script = write(&[group("n", &text)], &format).unwrap();
        prop_assert!(script.is_ascii());
        prop_assert_eq!(script.lines().last().unwrap().matches('\'').count() % 2, 0);
    }
}
