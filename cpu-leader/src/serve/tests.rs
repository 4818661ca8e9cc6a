use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use datasite::ClientConfig;

use super::*;
use crate::page::page;

/// A server with a page and data, on a port of its own.
struct Running {
    folder: tempfile::TempDir,
    address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Running {
    fn new() -> Running {
        let folder = tempfile::tempdir().unwrap();
        let public = folder.path().join("datasites/leader@x.org/public/cpu_tracker");
        fs::create_dir_all(&public).unwrap();
        fs::write(public.join("index.html"), page()).unwrap();
        fs::write(public.join("data.json"), "{}").unwrap();
        fs::write(public.join("secret"), "secret").unwrap();
        let config = ClientConfig {
            path: folder.path().join("config.json"),
            email: "leader@x.org".parse().unwrap(),
            data_dir: folder.path().to_path_buf(),
        };
        Running::of(folder, Workspace::open(&config).unwrap())
    }

    fn of(folder: tempfile::TempDir, workspace: Workspace) -> Running {
        let server = Server::bind(0, workspace).unwrap();
        let (address, stop) = (server.address, Stop::default());
        let stopping = stop.clone();
        let thread = Some(thread::spawn(move || server.run(&stopping)));
        Running { folder, address, stop, thread }
    }

    /// The whole answer to a request, with a connection of its own.
    fn ask(&self, path: &str, host: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.set();
        self.thread.take().unwrap().join().unwrap().unwrap();
    }
}

const LOCAL: &str = "Host: localhost:8787\r\n";

#[test]
fn the_page_and_its_data_are_served_under_the_pages_policy() {
    let server = Running::new();
    let answer = server.ask("/", LOCAL);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with(&page()), "{answer}");
    let policy = format!("content-security-policy: {}\r\n", content_security_policy());
    for header in [
        policy.as_str(),
        "x-content-type-options: nosniff\r\n",
        "content-type: text/html; charset=utf-8\r\n",
    ] {
        assert!(answer.contains(header), "{header}");
    }
    let answer = server.ask("/data.json?t=5", LOCAL);
    assert!(answer.contains("content-type: application/json\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n{}"), "{answer}");
}

#[test]
fn nothing_else_is_served() {
    let server = Running::new();
    for path in ["/secret", "/index.html", "/../secret", "//data.json", "/syftperm.yaml"] {
        let answer = server.ask(path, LOCAL);
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        assert!(answer.contains("content-security-policy"), "{path}: {answer}");
    }
}

#[test]
fn only_requests_to_this_machine_by_its_own_name_are_answered() {
    let server = Running::new();
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8787", "[::1]:8787", "[::1]"] {
        let answer = server.ask("/data.json", &format!("Host: {host}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{host}: {answer}");
    }
    for host in [
        "Host: evil.example.org\r\n",
        "Host: localhost.evil.example.org\r\n",
        "Host: 127.0.0.1.example.org:8787\r\n",
        "Host: localhost:x\r\n",
        "Host: \r\n",
        "Host: localhost\r\nHost: evil.example.org\r\n",
    ] {
        let answer = server.ask("/data.json", host);
        assert!(!answer.starts_with("HTTP/1.1 200"), "{host}: {answer}");
    }
}

#[test]
fn before_the_first_publication_the_answer_says_so() {
    let server = Running::new();
    let public = server.folder.path().join("datasites/leader@x.org/public");
    fs::remove_dir_all(public).unwrap();
    let answer = server.ask("/", LOCAL);
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("Nothing is published yet"), "{answer}");
}

#[test]
fn a_taken_port_is_passed_over() {
    let taken = listen(0).unwrap().local_addr().unwrap().port();
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, taken)).unwrap();
    let next = listen(taken).unwrap().local_addr().unwrap();
    assert!(next.port() > taken && next.ip().is_loopback(), "{next}");
    drop(held);
}

#[test]
fn it_stops_at_once_even_while_a_reader_dawdles() {
    let server = Running::new();
    let mut idle = TcpStream::connect(server.address).unwrap();
    let mut half = TcpStream::connect(server.address).unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
    idle.write_all(b"").unwrap();
    server.ask("/data.json", LOCAL);
    let start = Instant::now();
    drop(server);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn health_and_metrics_are_those_of_what_is_published() {
    let site = crate::site::Site::published();
    let server = Running::of(site.folder, site.workspace);
    let answer = server.ask("/healthz", LOCAL);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nok\n"), "{answer}");
    let answer = server.ask("/metrics", LOCAL);
    assert!(answer.contains("content-type: application/openmetrics-text"), "{answer}");
    assert!(answer.contains("cpu_tracker_members 3"), "{answer}");
    for (path, kind) in [
        ("/day.json", "application/json"),
        ("/month.json", "application/json"),
        ("/badge.svg", "image/svg+xml"),
    ] {
        let answer = server.ask(path, LOCAL);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        assert!(answer.contains(&format!("content-type: {kind}\r\n")), "{path}: {answer}");
    }
}

#[test]
fn a_leader_that_has_stopped_is_not_healthy_and_neither_is_a_foreign_file() {
    let site = crate::site::Site::published();
    let public = site.public();
    let server = Running::of(site.folder, site.workspace);
    for file in ["data.json", "day.json", "month.json"] {
        let file = fs::File::options().write(true).open(public.join(file)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_mins(10)).unwrap();
    }
    let answer = server.ask("/healthz", LOCAL);
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("longer than 460 s"), "{answer}");
    assert!(!server.ask("/metrics", LOCAL).contains("cpu_tracker_members"));
    fs::write(public.join("data.json"), "{}").unwrap();
    for path in ["/healthz", "/metrics"] {
        let answer = server.ask(path, LOCAL);
        assert!(answer.starts_with("HTTP/1.1 503"), "{path}: {answer}");
        assert!(answer.contains("is not what this version publishes"), "{path}: {answer}");
    }
}
