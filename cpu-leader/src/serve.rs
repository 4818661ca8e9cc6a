//! The published page on this machine's own address, for a look without SyftBox's web server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, map_response_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use datasite::{Report, Workspace, read_bounded};

use crate::badge::BADGE;
use crate::error::Error;
use crate::metrics::{CONTENT_TYPE, metrics};
use crate::page::content_security_policy;
use crate::publish::PAGE;
use crate::published::{LIMIT, Published};
use crate::stop::Stop;

/// Other programs take a port or two; a hundred would be a mistake to look for elsewhere.
const PORTS: u16 = 100;

/// The published files, by the addresses at which the page expects them.
const FILES: [(&str, &str, &str); 5] = [
    ("/", PAGE, "text/html; charset=utf-8"),
    ("/data.json", "data.json", "application/json"),
    ("/day.json", "day.json", "application/json"),
    ("/month.json", "month.json", "application/json"),
    ("/badge.svg", BADGE, "image/svg+xml"),
];

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
    let mut router = Router::new();
    for (route, file, kind) in FILES {
        let answer = move |State(site): State<Arc<Site>>| async move { site.file(file, kind) };
        router = router.route(route, get(answer));
    }
    router
        .route("/healthz", get(|State(site): State<Arc<Site>>| async move { site.health() }))
        .route("/metrics", get(|State(site): State<Arc<Site>>| async move { site.metrics() }))
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

    /// Whether a leader still publishes: `ok`, or in one line why not.
    fn health(&self) -> Response {
        let unwell = |why: String| (StatusCode::SERVICE_UNAVAILABLE, why + "\n").into_response();
        match Published::read(&self.workspace, SystemTime::now()) {
            Ok(published) if published.is_current() => "ok\n".into_response(),
            Ok(Published { age: None, .. }) => {
                unwell("the published files are from the future: was the clock set?".to_owned())
            }
            Ok(published) => unwell(format!(
                "nothing was published for {} s, longer than {} s: is `cpu-leader run` running?",
                published.age.unwrap_or_default().as_secs(),
                published.longest_age().as_secs(),
            )),
            Err(error) => unwell(error.to_string()),
        }
    }

    fn metrics(&self) -> Response {
        match Published::read(&self.workspace, SystemTime::now()) {
            Ok(published) => {
                ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics(&published)).into_response()
            }
            Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
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
mod tests;
