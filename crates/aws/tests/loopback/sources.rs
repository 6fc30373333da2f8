//! The source account: who its credentials are, and what its organization lists.

use crate::responder::{Responder, good, json as answer, quick_options, source, xml};
use domain::{
    Partition,
    aws::{DiscoveryStep, OrganizationState},
};
use serde_json::{Value, json};

#[tokio::test]
async fn the_identity_is_the_callers_account_and_partition() {
    let responder = Responder::start(|call| good(call, &[])).await;
    let identity = responder.session().await.identity().await.unwrap();
    assert_eq!(identity.account.to_string(), crate::responder::SOURCE);
    assert_eq!((identity.partition, identity.arn.as_str()), (Partition::Aws, "arn:aws:iam::111111111111:user/source"));
}

#[tokio::test]
async fn credentials_of_another_partition_are_refused() {
    let responder = Responder::start(|call| good(call, &[])).await;
    let options = rolegate_aws::AwsOptions { endpoint_url: Some(responder.url()), ..quick_options() };
    let session = crate::responder::open(options, &source(Partition::AwsUsGov)).await.unwrap();
    let error = session.identity().await.unwrap_err().0;
    assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::SourceCredentials, "WrongPartition"));
    assert!(error.hint.contains("under the partition `aws`"), "{}", error.hint);
}

#[tokio::test]
async fn an_identity_that_is_none_is_a_bad_answer() {
    let responder = Responder::start(|_| {
        xml("<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:mars:iam::1:user/x</Arn><Account>1</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
            .to_owned())
    })
    .await;
    assert_eq!(responder.session().await.identity().await.unwrap_err().0.code, "BadAnswer");
}

fn listed(number: u64, state: &Value) -> Value {
    let mut account = json!({"Id": format!("{number:012}"), "Name": format!("Account {number}")});
    account.as_object_mut().unwrap().extend(state.as_object().unwrap().clone());
    account
}

#[tokio::test]
async fn an_organization_is_listed_through_empty_pages_to_its_end() {
    let responder = Responder::start(|call| {
        assert_eq!((call.action.as_str(), call.parameter("MaxResults")), ("ListAccounts", "20"));
        let active = json!({"State": "ACTIVE"});
        let page = match call.parameter("NextToken") {
            "" => {
                json!({"Accounts": [listed(3, &active), listed(2, &json!({"Status": "ACTIVE"}))], "NextToken": "two"})
            }
            "two" => json!({"Accounts": [], "NextToken": "three"}),
            _ => json!({"Accounts": [
                listed(1, &json!({"State": "SUSPENDED", "Status": "ACTIVE"})),
                listed(4, &json!({"State": "HIBERNATING"})),
                listed(3, &active),
            ]}),
        };
        answer(200, &page)
    })
    .await;
    let accounts = responder.session().await.list_accounts().await.unwrap();
    let found: Vec<_> = accounts.iter().map(|account| (account.id.number(), account.state)).collect();
    let active = OrganizationState::Active;
    assert_eq!(found, [(1, OrganizationState::Suspended), (2, active), (3, active)]);
    assert_eq!(accounts[0].name, "Account 1");
}

#[tokio::test]
async fn an_organization_without_end_is_a_bad_answer() {
    let responder = Responder::start(|_| answer(200, &json!({"Accounts": [], "NextToken": "again"}))).await;
    let error = responder.session().await.list_accounts().await.unwrap_err().0;
    assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::ListAccounts, "BadAnswer"));
    assert_eq!(responder.total(), 2);
}

#[tokio::test]
async fn an_empty_organization_is_a_bad_answer() {
    for page in [json!({}), json!({"Accounts": []})] {
        let responder = Responder::start(move |_| answer(200, &page)).await;
        assert_eq!(responder.session().await.list_accounts().await.unwrap_err().0.code, "BadAnswer");
    }
}

#[tokio::test]
async fn an_account_id_that_is_none_is_a_bad_answer() {
    let page = json!({"Accounts": [{"Id": "12", "Name": "x", "State": "ACTIVE"}]});
    let responder = Responder::start(move |_| answer(200, &page)).await;
    let error = responder.session().await.list_accounts().await.unwrap_err().0;
    assert_eq!(error.code, "BadAnswer");
    assert!(error.message.contains("`12`"), "{}", error.message);
}

#[tokio::test]
async fn refusals_of_organizations_have_hints_of_their_own() {
    for (code, hint, times) in [
        ("AWSOrganizationsNotInUseException", "not part of an organization", 1),
        ("AccessDeniedException", "delegated administrators", 1),
        ("TooManyRequestsException", "the source account", 8),
    ] {
        let responder =
            Responder::start(move |_| answer(400, &json!({"__type": code, "Message": "No, said AWS."}))).await;
        let error = responder.session().await.list_accounts().await.unwrap_err().0;
        assert_eq!((error.code.as_str(), error.message.as_str()), (code, "No, said AWS."));
        assert!(error.hint.contains(hint), "{}", error.hint);
        assert_eq!(responder.total(), times, "{code}");
    }
}
