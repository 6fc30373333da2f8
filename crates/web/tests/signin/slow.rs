//! Bodies that come slowly or never end, through a socket.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rolegate_web::{WebOptions, WebState, router};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::world::World;

/// Until a test gives up: far more than a loaded machine needs.
const PATIENCE_OF_TESTS: Duration = Duration::from_mins(1);

async fn server(world: &World, body_patience: Duration) -> SocketAddr {
    let options = WebOptions { body_patience, ..WebOptions::default() };
    let state = WebState { options: Arc::new(options), ..world.state.clone() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router(state)).await });
    address
}

fn head(path: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: id.example.com\r\ncontent-length: 100000\r\n\r\n")
}

/// Everything that is answered until the server hangs up. It may do so with a reset: we are still sending.
async fn rest(mut stream: impl tokio::io::AsyncRead + Unpin) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE_OF_TESTS, stream.read_to_end(&mut answer));
    assert!(read.await.is_ok(), "the connection was never closed");
    String::from_utf8(answer).unwrap()
}

fn is_refused(answer: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 408 ") && head.contains("\r\nconnection: close"), "{head}");
    let error: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((&error["errorCode"], &error["errorLink"]), (&"E0000003".into(), &"E0000003".into()));
    assert!(error["errorCauses"][0]["errorSummary"].as_str().unwrap().contains("within 0.3 s"), "{error}");
}

#[tokio::test]
async fn a_body_that_stops_is_given_up_with_okta_s_error_and_the_connection_closed() {
    let address = server(&World::new().await, Duration::from_millis(300)).await;
    for begun in ["", "{\"username\":"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{}{begun}", head("/api/v1/authn")).as_bytes()).await.unwrap();
        is_refused(&rest(stream).await);
    }
}

#[tokio::test]
async fn a_body_that_trickles_in_has_no_more_time() {
    let address = server(&World::new().await, Duration::from_millis(300)).await;
    let (reading, mut writing) = TcpStream::connect(address).await.unwrap().into_split();
    writing.write_all(head("/api/v1/authn").as_bytes()).await.unwrap();
    tokio::spawn(async move {
        // Ends with the connection.
        while writing.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    is_refused(&rest(reading).await);
}

#[tokio::test]
async fn a_form_that_stops_is_answered_with_a_page() {
    let address = server(&World::new().await, Duration::from_millis(300)).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{}username=ann", head("/signin")).as_bytes()).await.unwrap();
    let answer = rest(stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("That took too long"), "{answer}");
}

#[tokio::test]
async fn a_body_in_pieces_is_read_as_long_as_it_is_in_time() {
    let address = server(&World::new().await, PATIENCE_OF_TESTS).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = r#"{"username":"ann@example.com","password":"correct horse battery"}"#;
    let head = "POST /api/v1/authn HTTP/1.1\r\nhost: id.example.com\r\nconnection: close\r\n";
    stream.write_all(format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes()).await.unwrap();
    for piece in body.as_bytes().chunks(7) {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    let answer = rest(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("sessionToken"), "{answer}");
}
