//! Agents over the API: what administrators see of them, and what agents themselves are answered.

use domain::Directory;
use futures_util::StreamExt;
use serde_json::{Value, json};
use testkit::sample;
use usecases::{agent_protocol::LARGEST_PART, agents::Admission};

use crate::server::{As, Server};

async fn directory(server: &Server) -> Directory {
    let directory = sample::directory("corp");
    let mut unit = server.services.store.begin().await.unwrap();
    unit.insert_directory(&directory).await.unwrap();
    unit.commit().await.unwrap();
    directory
}

fn agents(directory: &Directory) -> String {
    format!("/api/v1/directories/{}/agents", directory.id)
}

fn registration(token: &str) -> String {
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    json!({ "token": token, "publicKey": key, "protocol": 1, "version": "1.2.3", "hostname": "dc1" }).to_string()
}

/// An agent that was let in; its bearer.
fn connected(server: &Server, directory: &Directory, made: &Value) -> String {
    let bearer = "bearer-of-a-test".to_owned();
    let admission = Admission {
        agent: domain::AgentId::parse(made["id"].as_str().unwrap()).unwrap(),
        directory: directory.id.clone(),
        version: "1.2.3".to_owned(),
        capacity: 8,
    };
    server.services.agents.admit(server.services.keys.secret_hash(&bearer), admission);
    format!("Bearer {bearer}")
}

#[tokio::test]
async fn an_agent_is_made_registered_listed_and_put_out() {
    let server = Server::new().await;
    let path = agents(&directory(&server).await);
    let made = server.tell("POST", &path, json!({ "name": "dc1" })).await.is(201);
    let token = made["token"].as_str().unwrap();
    assert_eq!((made["status"].as_str(), made["connected"].as_bool()), (Some("PENDING"), Some(false)));
    assert!(made["tokenExpires"].is_string());
    let answer = server.send(As::Nobody, "POST", "/api/v1/agents/register", registration(token)).await.is(200);
    assert_eq!((&answer["agent"], &answer["directory"]["name"]), (&made["id"], &json!("corp")));
    let again = server.send(As::Nobody, "POST", "/api/v1/agents/register", registration(token)).await;
    assert!(again.is_error(401, "E0000011").contains("used before"));
    let listed = server.ask("GET", &path).await;
    assert_eq!(listed.is(200)[0]["status"], "ACTIVE");
    assert_eq!(listed.json()[0]["version"], "1.2.3");
    assert!(!String::from_utf8_lossy(&listed.bytes).contains(&token[20..]), "the token is shown once");
    let own = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(server.ask("GET", &own).await.is(200)["name"], "dc1");
    server.ask("DELETE", &own).await.is_empty();
    assert_eq!(server.ask("GET", &own).await.is(200)["status"], "REVOKED");
}

#[tokio::test]
async fn what_cannot_be_an_agent_is_refused_with_a_reason() {
    let server = Server::new().await;
    let path = agents(&directory(&server).await);
    for nowhere in ["/api/v1/directories/x/agents", "/api/v1/directories/0di00000000000000000/agents"] {
        server.ask("GET", nowhere).await.is_error(404, "E0000007");
    }
    server.ask("GET", &format!("{path}/0ag00000000000000000")).await.is_error(404, "E0000007");
    server.tell("POST", &path, json!({ "name": " " })).await.is_error(400, "E0000001");
    server.tell("POST", &path, json!({})).await.is_error(400, "E0000003");
    server.send(As::Nobody, "POST", &path, json!({ "name": "dc1" }).to_string()).await.is_error(401, "E0000011");
    let other_protocol = json!({ "agent": "0ag00000000000000000", "protocol": 2 }).to_string();
    let refused = server.send(As::Nobody, "POST", "/api/v1/agents/challenge", other_protocol).await;
    assert!(refused.is_error(400, "E0000001").contains("update the server"));
    let unknown = json!({ "agent": "0ag00000000000000000", "protocol": 1 }).to_string();
    let challenge = server.send(As::Nobody, "POST", "/api/v1/agents/challenge", unknown).await.is(200);
    let greeting = json!({
        "agent": "0ag00000000000000000", "nonce": challenge["nonce"], "time": challenge["time"], "protocol": 1,
        "version": "1.2.3", "capacity": 8, "signature": "",
    });
    let refused = server.send(As::Nobody, "POST", "/api/v1/agents/session", greeting.to_string()).await;
    refused.is_error(401, "E0000011");
}

#[tokio::test]
async fn a_connected_agent_hears_and_is_seen() {
    let server = Server::new().await;
    let directory = directory(&server).await;
    let path = agents(&directory);
    let made = server.tell("POST", &path, json!({ "name": "dc1" })).await.is(201);
    server.send(As::Nobody, "POST", "/api/v1/agents/register", registration(made["token"].as_str().unwrap())).await;
    let bearer = connected(&server, &directory, &made);
    let stream = server.respond(As::Authorization(&bearer), "GET", "/api/v1/agents/me/jobs", "").await;
    assert_eq!((stream.status().as_u16(), stream.headers()["x-accel-buffering"].as_bytes()), (200, &b"no"[..]));
    let mut lines = stream.into_body().into_data_stream();
    assert_eq!(lines.next().await.unwrap().unwrap(), "{\"type\":\"beat\"}\n");
    let seen = server.ask("GET", &path).await.is(200);
    assert_eq!((seen[0]["connected"].as_bool(), &seen[0]["jobs"]), (Some(true), &json!([])));
    server.send(As::Authorization(&bearer), "POST", "/api/v1/agents/me/beat", "{}").await.is_empty();
    server.send(As::Authorization(&bearer), "GET", "/api/v1/agents/me/jobs", "").await.is_error(401, "E0000011");
    let gone = server.send(As::Authorization(&bearer), "POST", "/api/v1/agents/me/jobs/7?part=0", "{}\n").await;
    gone.is_error(410, "E0000007");
    let large = vec![b' '; LARGEST_PART + 1];
    let refused = server.send(As::Authorization(&bearer), "POST", "/api/v1/agents/me/jobs/7?part=0", large).await;
    refused.is_error(413, "E0000003");
    server.ask("DELETE", &format!("{path}/{}", made["id"].as_str().unwrap())).await.is_empty();
    assert_eq!(lines.next().await.unwrap().unwrap(), "{\"type\":\"bye\",\"why\":\"REVOKED\"}\n");
    assert!(lines.next().await.is_none());
    let late = server.send(As::Authorization(&bearer), "POST", "/api/v1/agents/me/beat", "{}").await;
    late.is_error(401, "E0000011");
}

#[tokio::test]
async fn without_its_bearer_nobody_is_an_agent() {
    let server = Server::new().await;
    let token = server.token.clone();
    for caller in [As::Nobody, As::Authorization("Bearer nonsense"), As::Authorization(&token)] {
        server.send(caller, "GET", "/api/v1/agents/me/jobs", "").await.is_error(401, "E0000011");
        server.send(caller, "POST", "/api/v1/agents/me/beat", "{}").await.is_error(401, "E0000011");
        server.send(caller, "POST", "/api/v1/agents/me/jobs/1?part=0", "").await.is_error(401, "E0000011");
    }
    let bearer = As::Authorization("Bearer bearer-of-a-test");
    server.send(bearer, "GET", "/api/v1/users", "").await.is_error(401, "E0000011");
}
