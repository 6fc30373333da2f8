//! What a reading holds: paging to the end, policies, names, durations, aliases.

use std::fmt::Write as _;

use crate::responder::{Responder, account, connected, good, plain_role, role, role_page, xml};
use domain::aws::DiscoveryStep;

const CONNECTED: &str = "222222222222";

async fn read(responder: &Responder) -> Result<ports::aws::AccountReading, domain::aws::DiscoveryError> {
    let session = responder.session().await;
    session.read_account(account(CONNECTED), Some(&connected(CONNECTED)), false).await.map_err(|failure| failure.0)
}

/// A responder whose accounts hold these roles, on one page.
async fn holding(roles: Vec<String>) -> Responder {
    Responder::start(move |call| good(call, &roles)).await
}

#[tokio::test]
async fn an_account_costs_three_requests() {
    let responder = holding(vec![plain_role(CONNECTED, "Admin")]).await;
    let reading = read(&responder).await.unwrap();
    assert_eq!(responder.total(), 3);
    assert_eq!(reading.alias.as_deref(), Some("acme-222222222222"));
    assert_eq!(reading.name, None);
    let [admin] = reading.roles.as_slice() else { panic!("{:?}", reading.roles) };
    assert_eq!(
        (admin.arn.to_string().as_str(), admin.max_session_duration),
        ("arn:aws:iam::222222222222:role/Admin", 7_200)
    );
}

#[tokio::test]
async fn five_thousand_roles_arrive_through_short_and_empty_pages() {
    let responder = Responder::start(|call| {
        if call.action != "ListRoles" {
            return good(call, &[]);
        }
        assert_eq!(call.parameter("MaxItems"), "1000");
        // Pages of 700, each followed by an empty one, as IAM may do.
        let at: usize = call.parameter("Marker").strip_prefix("at-").map_or(0, |at| at.parse().unwrap());
        let (page, is_empty) = (at / 2, at % 2 == 1);
        let numbers = if is_empty { 0..0 } else { page * 700..((page + 1) * 700).min(5_000) };
        let roles: Vec<_> = numbers.map(|number| plain_role(CONNECTED, &format!("Role-{number:04}"))).collect();
        let next = format!("at-{}", at + 1);
        role_page(&roles, (at < 15).then_some(next.as_str()))
    })
    .await;
    let reading = read(&responder).await.unwrap();
    assert_eq!(reading.roles.len(), 5_000);
    assert!(reading.roles.windows(2).all(|pair| pair[0].arn < pair[1].arn));
    assert_eq!(responder.count("ListRoles", CONNECTED), 16);
}

#[tokio::test]
async fn a_role_that_comes_twice_is_listed_once() {
    let responder =
        holding(vec![plain_role(CONNECTED, "A"), plain_role(CONNECTED, "B"), plain_role(CONNECTED, "A")]).await;
    assert_eq!(read(&responder).await.unwrap().roles.len(), 2);
}

#[tokio::test]
async fn a_listing_that_cannot_end_is_no_listing() {
    for marker in [Some("again"), None] {
        let responder = Responder::start(move |call| {
            if call.action != "ListRoles" {
                return good(call, &[]);
            }
            let next = marker.map_or_else(String::new, |marker| format!("<Marker>{marker}</Marker>"));
            xml(format!(
                "<ListRolesResponse><ListRolesResult><IsTruncated>true</IsTruncated>{next}<Roles>{}</Roles>\
                 </ListRolesResult></ListRolesResponse>",
                plain_role(CONNECTED, "Admin")
            ))
        })
        .await;
        let error = read(&responder).await.unwrap_err();
        assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::ListRoles, "BadAnswer"));
        assert!(error.message.contains("Marker"), "{}", error.message);
        assert!(responder.count("ListRoles", CONNECTED) <= 2);
    }
}

#[tokio::test]
async fn more_roles_than_any_account_can_hold_are_refused() {
    let responder = Responder::start(|call| {
        if call.action != "ListRoles" {
            return good(call, &[]);
        }
        let page = call.before;
        let roles: Vec<_> = (0..5_000).map(|number| plain_role(CONNECTED, &format!("R{page}-{number}"))).collect();
        role_page(&roles, Some(&format!("page-{page}")))
    })
    .await;
    let error = read(&responder).await.unwrap_err();
    assert_eq!(error.code, "BadAnswer");
    assert!(error.message.contains("50000 roles"), "{}", error.message);
}

#[tokio::test]
async fn roles_that_cannot_be_of_this_account_fail_the_account() {
    for arn in [
        "arn:aws:iam::333333333333:role/Admin",
        "arn:aws-cn:iam::222222222222:role/Admin",
        "arn:aws:iam::222222222222:role/evil role",
        "arn:aws:iam::222222222222:user/Admin",
        "",
    ] {
        let responder = holding(vec![plain_role(CONNECTED, "Good"), role(arn, "%7B%7D", "")]).await;
        let error = read(&responder).await.unwrap_err();
        assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::ListRoles, "BadAnswer"), "{arn}");
        assert!(error.message.contains(arn), "{}", error.message);
    }
}

#[tokio::test]
async fn service_linked_roles_are_left_out_and_every_legal_name_is_kept() {
    let name = "Az09_+=,.@-";
    let responder = holding(vec![
        role("arn:aws:iam::222222222222:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "%7B%7D", ""),
        role(&format!("arn:aws:iam::222222222222:role/a!#$%()*/b+c/{name}"), "%7B%7D", ""),
    ])
    .await;
    let reading = read(&responder).await.unwrap();
    let [kept] = reading.roles.as_slice() else { panic!("{:?}", reading.roles) };
    assert_eq!((kept.arn.name().as_str(), kept.arn.path()), (name, "/a!#$%()*/b+c/"));
}

#[tokio::test]
async fn trust_policies_are_decoded_and_broken_ones_kept_as_they_came() {
    let arn = |name: &str| format!("arn:aws:iam::222222222222:role/{name}");
    let without = role(&arn("D"), "", "").replace("<AssumeRolePolicyDocument></AssumeRolePolicyDocument>", "");
    let responder = holding(vec![
        role(&arn("A"), "%7B%22a%22%3A%22b+c%22%7D", "<Description>Reads &amp; writes</Description>"),
        role(&arn("B"), "%7Bbroken%ZZ", ""),
        role(&arn("C"), "%FF%FE", ""),
        without,
    ])
    .await;
    let roles = read(&responder).await.unwrap().roles;
    let policies: Vec<_> = roles.iter().map(|role| role.trust_policy.as_str()).collect();
    assert_eq!(policies, [r#"{"a":"b+c"}"#, "%7Bbroken%ZZ", "%FF%FE", ""]);
    assert_eq!(roles[0].description, "Reads & writes");
}

#[tokio::test]
async fn a_missing_or_absurd_session_duration_does_not_cost_the_role() {
    let cases = [("", 3_600), ("43200", 43_200), ("46813", 46_813), ("0", 3_600), ("-7", 3_600)];
    let roles = cases.iter().enumerate().map(|(number, (given, _))| {
        let mut rest = String::new();
        if !given.is_empty() {
            write!(rest, "<MaxSessionDuration>{given}</MaxSessionDuration>").unwrap();
        }
        role(&format!("arn:aws:iam::222222222222:role/R{number}"), "%7B%7D", &rest)
    });
    let reading = read(&holding(roles.collect()).await).await.unwrap();
    let durations: Vec<_> = reading.roles.iter().map(|role| role.max_session_duration).collect();
    assert_eq!(durations, cases.map(|(_, expected)| expected));
}

#[tokio::test]
async fn an_alias_that_iam_would_not_allow_is_ignored() {
    let responder = Responder::start(|call| match call.action.as_str() {
        "ListAccountAliases" => xml(
            "<ListAccountAliasesResponse><ListAccountAliasesResult><IsTruncated>false</IsTruncated><AccountAliases>\
             <member>BAD alias!!</member></AccountAliases></ListAccountAliasesResult></ListAccountAliasesResponse>"
                .to_owned(),
        ),
        _ => good(call, &[]),
    })
    .await;
    assert_eq!(read(&responder).await.unwrap().alias, None);
}

#[tokio::test]
async fn the_name_is_asked_for_on_demand_and_its_failure_costs_nothing() {
    let responder = holding(vec![plain_role(CONNECTED, "Admin")]).await;
    let session = responder.session().await;
    let one = connected(CONNECTED);
    let reading = session.read_account(account(CONNECTED), Some(&one), true).await.unwrap();
    assert_eq!(reading.name.as_deref(), Some("Acme & Söhne"));
    assert_eq!(responder.total(), 4);

    let refusing = Responder::start(|call| match call.action.as_str() {
        "GetAccountInformation" => crate::responder::json(403, &serde_json::json!({"message": "no"})),
        _ => good(call, &[plain_role(CONNECTED, "Admin")]),
    })
    .await;
    let reading = refusing.session().await.read_account(account(CONNECTED), Some(&one), true).await.unwrap();
    assert_eq!((reading.name, reading.roles.len()), (None, 1));
}

#[tokio::test]
async fn the_source_account_is_read_with_its_own_credentials() {
    let responder = holding(vec![plain_role(crate::responder::SOURCE, "Admin")]).await;
    let session = responder.session().await;
    let reading = session.read_account(account(crate::responder::SOURCE), None, false).await.unwrap();
    assert_eq!(reading.roles.len(), 1);
    assert_eq!((responder.total(), responder.count("ListRoles", crate::responder::SOURCE)), (2, 1));
}
