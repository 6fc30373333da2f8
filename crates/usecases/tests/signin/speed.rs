//! What a launch costs beside the signature. `cargo test --release -p rolegate-usecases --test signin -- --ignored speed`

use std::time::Instant;

use domain::event::Origin;
use rolegate_usecases::{
    Caller,
    launch_role::{self, LaunchOptions, Outcome},
    sessions,
    sign_in::SignIn,
};

use crate::world::{ANN, PASSWORD, World, arn};

#[tokio::test]
#[ignore = "a measurement, not a check"]
async fn speed_of_a_launch_without_the_signature() {
    let world = World::new().await;
    let names: Vec<String> = (0..200).map(|number| format!("Role{number:03}")).collect();
    world.account(1, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let SignIn::Done(started) = world.sign_in(ANN, PASSWORD).await else { panic!("refused") };
    for count in [1, 10, 200] {
        let arns: Vec<String> = names.iter().take(count).map(|name| arn(1, name)).collect();
        world.assign(&arns.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let rounds = 2_000;
        let mut resumed = std::time::Duration::ZERO;
        let began = Instant::now();
        for _ in 0..rounds {
            let resuming = Instant::now();
            let live = sessions::resume(&world.services, started.secret.expose()).await.unwrap().unwrap();
            resumed += resuming.elapsed();
            let caller = Caller::person(&live.user, Origin::default());
            let options = LaunchOptions::default();
            let outcome = launch_role::all(&world.services, &caller, &live, &world.app.id, options).await.unwrap();
            assert!(matches!(outcome, Outcome::Ready(_)));
        }
        let each = began.elapsed() / rounds;
        println!("{count} roles: {each:?} a launch, of which {:?} for the session", resumed / rounds);
    }
}
