//! Servers that lie, drip, or speak another protocol.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    routing::{get, post},
};
use domain::{AgentId, Secret};
use keys::OsEntropy;
use ports::agent::{ChallengeRequest, PROTOCOL, ServerLine};
use serde_json::json;

use crate::agent::{
    lines::{Lines, NoLine},
    server::{Failure, Server},
};

static LONG: [u8; 1024 * 1024] = [b'x'; 1024 * 1024];

async fn serve(app: Router) -> Server {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    Server::new(&url, None).unwrap()
}

/// The lines of a server that sends these pieces and then nothing, without an end.
async fn lines(pieces: Vec<&'static [u8]>) -> Lines {
    let stream = move || async move {
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, Infallible>>(1);
        tokio::spawn(async move {
            for piece in pieces {
                let _ = sender.send(Ok(Bytes::from_static(piece))).await;
            }
            std::future::pending::<()>().await;
        });
        let receiver = std::sync::Arc::new(tokio::sync::Mutex::new(receiver));
        let next = futures_util::stream::unfold(receiver, |receiver| async move {
            let piece = receiver.lock().await.recv().await?;
            Some((piece, receiver.clone()))
        });
        Body::from_stream(next)
    };
    let server = serve(Router::new().route("/api/v1/agents/me/jobs", get(stream))).await;
    Lines::new(server.jobs(&Secret::from("x")).await.unwrap())
}

#[tokio::test]
async fn a_server_of_another_protocol_is_told_apart() {
    let app = Router::new().route(
        "/api/v1/agents/challenge",
        post(|| async { Json(json!({ "nonce": "n", "time": "2026-11-22T05:10:00.000Z", "protocol": PROTOCOL + 1 })) }),
    );
    let server = serve(app).await;
    let asked = ChallengeRequest { agent: AgentId::generate(&OsEntropy), protocol: PROTOCOL };
    let refused = server.challenge(&asked).await.unwrap_err();
    assert!(refused.to_string().contains("update the agent"), "{refused}");
}

#[tokio::test]
async fn a_server_that_knows_no_agents_is_no_server() {
    let server = serve(Router::new()).await;
    let asked = ChallengeRequest { agent: AgentId::generate(&OsEntropy), protocol: PROTOCOL };
    assert!(matches!(server.challenge(&asked).await, Err(Failure::Refused { status, .. }) if status == 404));
}

#[tokio::test]
async fn lines_come_whole_however_they_are_cut() {
    let mut lines =
        lines(vec![b"{\"type\":\"be", b"at\"}\n\n{\"type\":\"cancel\",\"job\":7}\n{\"ty", b"pe\":\"beat\"}\n"]).await;
    assert!(matches!(lines.next().await, Ok(ServerLine::Beat)));
    assert!(matches!(lines.next().await, Ok(ServerLine::Cancel { job }) if job.0 == 7));
    assert!(matches!(lines.next().await, Ok(ServerLine::Beat)));
}

#[tokio::test]
async fn a_line_that_drips_without_end_is_silence() {
    let mut lines = lines(vec![b"{\"type\":"]).await;
    assert_eq!(lines.next_within(Duration::from_millis(200)).await.err(), Some(NoLine::Silent));
}

#[tokio::test]
async fn a_line_that_is_none_or_too_long_ends_the_connection() {
    assert!(matches!(lines(vec![b"what\n"]).await.next().await, Err(NoLine::Unreadable(_))));
    let mut endless = lines(vec![&LONG; 17]).await;
    assert!(matches!(endless.next().await, Err(NoLine::Unreadable(why)) if why.contains("bytes")));
}
