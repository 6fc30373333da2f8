//! Refuses an answer in XML that was cut. The SDK's parser takes the end of the text for the end of every element, a
//! missing `IsTruncated` for "no more" and a missing key for an empty one: half a page of roles would pass as all of
//! them, and the others as vanished.

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::AfterDeserializationInterceptorContextRef},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use quick_xml::{Reader, events::Event};

/// Looks at each answer that was taken for a success.
#[derive(Debug)]
pub(crate) struct WholeAnswer;

impl Intercept for WholeAnswer {
    fn name(&self) -> &'static str {
        "WholeAnswer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        if context.output_or_error().is_ok() && !is_whole(body) {
            return Err("the answer is cut off".into());
        }
        Ok(())
    }
}

/// Whether the text is one whole element. A listing of roles must also hold the list and say whether there is more:
/// `<ListRolesResponse><ListRolesResult><IsTruncated>…</IsTruncated><Roles>…</Roles></ListRolesResult>…`.
fn is_whole(body: &[u8]) -> bool {
    let mut reader = Reader::from_reader(body);
    let (mut depth, mut roots, mut is_of_roles, mut has_end, mut has_roles) = (0_usize, 0, false, false, false);
    loop {
        let (element, opens) = match reader.read_event() {
            Ok(Event::Start(element)) => (element, 1),
            Ok(Event::Empty(element)) => (element, 0),
            Ok(Event::End(_)) if depth > 0 => {
                depth -= 1;
                continue;
            }
            Ok(Event::Eof) => return depth == 0 && roots == 1 && (!is_of_roles || has_end && has_roles),
            Ok(Event::End(_)) | Err(_) => return false,
            Ok(_) => continue,
        };
        match (depth, element.local_name().as_ref()) {
            (0, name) => {
                roots += 1;
                is_of_roles = name == "ListRolesResponse";
            }
            (2, "IsTruncated") => has_end = true,
            (2, "Roles") => has_roles = true,
            _ => {}
        }
        depth += opens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_listing_of_roles_passes() {
        let roles = "<?xml version='1.0'?>\n<ListRolesResponse xmlns='https://iam.amazonaws.com/doc/2010-05-08/'>\
                     <ListRolesResult><IsTruncated>false</IsTruncated><Roles><member/></Roles></ListRolesResult>\
                     <ResponseMetadata/></ListRolesResponse>\n";
        assert!(is_whole(roles.as_bytes()));
        assert!(is_whole(roles.replace("<Roles><member/></Roles>", "<Roles/>").as_bytes()));
        for cut in 0..roles.len() - 1 {
            assert!(!is_whole(&roles.as_bytes()[..cut]), "{cut}");
        }
        for (from, to) in [
            ("<IsTruncated>false</IsTruncated>", ""),
            ("<Roles><member/></Roles>", ""),
            ("</ListRolesResult>", ""),
            ("<ResponseMetadata/>", "<IsTruncated/></ListRolesResponse><again/>"),
        ] {
            assert!(!is_whole(roles.replace(from, to).as_bytes()), "{from}");
        }
    }

    #[test]
    fn other_answers_only_need_to_be_whole() {
        let aliases = "<ListAccountAliasesResponse><ListAccountAliasesResult/></ListAccountAliasesResponse>";
        assert!(is_whole(aliases.as_bytes()));
        assert!(!is_whole(b"<ListAccountAliasesResponse><ListAccountAliasesResult/>"));
        assert!(!is_whole(b"<html><p>Please sign in<br></html>"));
    }
}
