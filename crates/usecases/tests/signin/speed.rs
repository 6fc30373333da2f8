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

const ROUNDS: u32 = 2_000;
const AT_ONCE: u32 = 64;

async fn launch(world: &World, secret: &str) {
    let live = sessions::resume(&world.services, secret).await.unwrap().unwrap();
    let caller = Caller::person(&live.user, Origin::default());
    let options = LaunchOptions::default();
    let outcome = launch_role::all(&world.services, &caller, &live, &world.app.id, options).await.unwrap();
    assert!(matches!(outcome, Outcome::Ready(_)));
}

#[tokio::test]
#[ignore = "a measurement, not a check"]
async fn speed_of_a_launch_without_the_signature() {
    let world = World::new().await;
    let names: Vec<String> = (0..200).map(|number| format!("Role{number:03}")).collect();
    world.account(1, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let SignIn::Done(started) = world.sign_in(ANN, PASSWORD).await else { panic!("refused") };
    let secret = started.secret.expose();
    for count in [1, 10, 200] {
        let arns: Vec<String> = names.iter().take(count).map(|name| arn(1, name)).collect();
        world.assign(&arns.iter().map(String::as_str).collect::<Vec<_>>()).await;
        launch(&world, secret).await;

        let began = Instant::now();
        for _ in 0..ROUNDS {
            sessions::resume(&world.services, secret).await.unwrap().unwrap();
        }
        let session = began.elapsed() / ROUNDS;

        let began = Instant::now();
        for _ in 0..ROUNDS {
            launch(&world, secret).await;
        }
        let alone = began.elapsed() / ROUNDS;

        let began = Instant::now();
        for _ in 0..ROUNDS / AT_ONCE {
            futures_util::future::join_all((0..AT_ONCE).map(|_| launch(&world, secret))).await;
        }
        let together = began.elapsed() / (ROUNDS / AT_ONCE * AT_ONCE);
        println!("{count} roles: {alone:?} alone, {together:?} with {AT_ONCE} at once, {session:?} for the session");
    }
}
