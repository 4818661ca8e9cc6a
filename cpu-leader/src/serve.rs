//! The published page on this machine's own address, for a look without SyftBox's web server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, map_response_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use datasite::{Report, Workspace, read_bounded};

use crate::error::Error;
use crate::page::content_security_policy;
use crate::publish::PAGE;
use crate::range::Range;
use crate::stop::Stop;

/// Other programs take a port or two; a hundred would be a mistake to look for elsewhere.
const PORTS: u16 = 100;

/// More than we ever publish.
const LIMIT: usize = 1 << 20;

/// How long a reader who is in the middle of an answer can hold up the end.
const PATIENCE: Duration = Duration::from_secs(1);

/// A server that has its port but does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    site: Arc<Site>,
}

#[derive(Debug)]
struct Site {
    workspace: Workspace,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Server {
    /// Takes `port` on 127.0.0.1, or the next free one, to show what is published in `workspace`.
    pub fn bind(port: u16, workspace: Workspace) -> Result<Server, Error> {
        let listener = listen(port)?;
        let failed = |source| Error::Serve { source };
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Server { listener, address, site: Arc::new(Site { workspace, headers: headers() }) })
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Answers until `stop`. Blocks.
    pub fn run(self, stop: &Stop) -> Result<(), Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|source| Error::Serve { source })?;
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            let (stopped, ending) = (until(stop.clone()), until(stop.clone()));
            let serving = axum::serve(listener, router(self.site)).with_graceful_shutdown(stopped);
            tokio::select! {
                served = serving.into_future() => served,
                () = async { ending.await; tokio::time::sleep(PATIENCE).await } => Ok(()),
            }
        });
        runtime.shutdown_background();
        served.map_err(|source| Error::Serve { source })
    }
}

fn listen(first: u16) -> Result<TcpListener, Error> {
    let mut port = first;
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && port - first < PORTS => {
                let Some(next) = port.checked_add(1) else {
                    return Err(Error::Bind { port: first, source: error });
                };
                port = next;
            }
            bound => return bound.map_err(|source| Error::Bind { port: first, source }),
        }
    }
}

async fn until(stop: Stop) {
    // The thread ends with `stop`, and so with the process.
    let _ = tokio::task::spawn_blocking(move || stop.wait_for_ever()).await;
}

fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route(
            "/",
            get(|State(site): State<Arc<Site>>| async move {
                site.file(PAGE, "text/html; charset=utf-8")
            }),
        )
        .route(
            "/data.json",
            get(|State(site): State<Arc<Site>>| async move {
                site.file(Range::Hour.file(), "application/json")
            }),
        )
        .layer(from_fn(only_this_machine))
        .layer(map_response_with_state(Arc::clone(&site), with_headers))
        .with_state(site)
}

impl Site {
    fn file(&self, name: &str, kind: &'static str) -> Response {
        let file = Path::new("public").join(Report::APP).join(name);
        let mut content = Vec::new();
        match read_bounded(&self.workspace.own(), &file, LIMIT, &mut content) {
            Ok(Some(())) => ([(header::CONTENT_TYPE, kind)], content).into_response(),
            Ok(None) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Nothing is published yet: is `cpu-leader run` running?\n",
            )
                .into_response(),
            Err(reason) => {
                tracing::warn!("{name} is not shown: {reason}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// A page elsewhere can point a name of its own at this machine and then read what we answer;
/// its requests carry that name.
async fn only_this_machine(request: Request, next: Next) -> Response {
    if is_this_machine(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "This server answers to localhost only.\n").into_response()
    }
}

fn is_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]"
}

async fn with_headers(State(site): State<Arc<Site>>, mut response: Response) -> Response {
    response.headers_mut().extend(site.headers.iter().cloned());
    response
}

fn headers() -> Vec<(HeaderName, HeaderValue)> {
    let policy = HeaderValue::try_from(content_security_policy()).expect("a policy is ASCII");
    vec![
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ]
}

#[cfg(test)]
mod tests {
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
            let server = Server::bind(0, Workspace::open(&config).unwrap()).unwrap();
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
}
