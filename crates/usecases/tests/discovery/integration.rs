//! The integration's settings and its test.

use domain::{
    Partition, Secret,
    aws::{AwsIntegration, DiscoveryStep, SourceCredentials},
};
use rolegate_usecases::{
    Caller, Error,
    manage_integration::{self, NewIntegration},
    test_integration,
};
use testkit::sample;

use crate::world::{World, id};

type Change = fn(&mut AwsIntegration);

fn with_key(world: &World, key: &str) -> AwsIntegration {
    let mut integration = sample::integration(&world.app, &[id(2)]);
    for source in &mut integration.sources {
        source.credentials = SourceCredentials::AccessKey { access_key_id: key.to_owned() };
    }
    integration
}

async fn put(world: &World, integration: AwsIntegration, secret: Option<&str>) -> Result<AwsIntegration, Error> {
    let secrets = secret.map(|secret| (Partition::Aws, Secret::from(secret))).into_iter().collect();
    let new = NewIntegration { integration, secrets };
    manage_integration::put(&world.services, &Caller::system(), &world.app.id, new).await
}

#[tokio::test]
async fn a_secret_is_sealed_kept_with_its_key_and_asked_for_with_a_new_one() {
    let world = World::new().await;
    put(&world, with_key(&world, "AKIAIOSFODNN7EXAMPLE"), Some("the secret")).await.unwrap();
    let stored = world.services.store.source_secrets(&world.app.id).await.unwrap();
    assert_eq!(stored.len(), 1);
    let purpose = ports::SealedPurpose::SourceSecret(world.app.id.clone(), Partition::Aws);
    assert_eq!(world.services.keys.open(&stored[0].1, &purpose).unwrap().expose(), b"the secret");
    put(&world, with_key(&world, "AKIAIOSFODNN7EXAMPLE"), None).await.unwrap();
    assert_eq!(world.services.store.source_secrets(&world.app.id).await.unwrap(), stored);
    let refused = put(&world, with_key(&world, "AKIAANOTHEREXAMPLE00"), None).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field.contains("secretAccessKey")));
}

#[tokio::test]
async fn what_aws_would_refuse_is_refused_with_the_field_and_nothing_is_stored() {
    let world = World::new().await;
    let before = world.services.store.integration(&world.app.id).await.unwrap();
    let wrong: [(&str, Change); 6] = [
        ("crossAccountRole", |integration| integration.cross_account_role = "not a role".to_owned()),
        ("externalId", |integration| integration.external_id = Some("x".to_owned())),
        ("sessionName", |integration| integration.session_name = "with blank".to_owned()),
        ("intervalSeconds", |integration| integration.interval_seconds = 10),
        ("sources.partition", |integration| integration.sources.push(integration.sources[0].clone())),
        ("sources.region", |integration| integration.sources[0].region = Some("über/all".to_owned())),
    ];
    for (expected, change) in wrong {
        let mut integration = with_key(&world, "AKIAIOSFODNN7EXAMPLE");
        change(&mut integration);
        match put(&world, integration, Some("the secret")).await {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    assert_eq!(world.services.store.integration(&world.app.id).await.unwrap(), before);
}

#[tokio::test]
async fn a_test_says_for_each_account_which_step_failed_and_stores_nothing() {
    let world = World::new().await;
    world.aws.fail(id(3), DiscoveryStep::AssumeRole, "AccessDenied");
    let tested = test_integration::test(&world.services, &Caller::system(), &world.app.id, None).await.unwrap();
    let summary: Vec<_> = tested
        .iter()
        .map(|test| (test.account, test.roles, test.error.as_ref().map(|error| (error.step, error.code.as_str()))))
        .collect();
    assert_eq!(
        summary,
        [
            (Some(id(1)), 0, None),
            (Some(id(2)), 2, None),
            (Some(id(3)), 0, Some((DiscoveryStep::AssumeRole, "AccessDenied"))),
        ]
    );
    assert!(world.account(2).await.is_none());
    world.aws.fail_source(Some("SignatureDoesNotMatch"));
    let tested = test_integration::test(&world.services, &Caller::system(), &world.app.id, None).await.unwrap();
    assert_eq!(tested.len(), 1);
    assert_eq!(tested[0].account, None);
}
