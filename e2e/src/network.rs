use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Client, Running, StraysStopped,
    client::{Membership, email_of},
    wait_for,
};

/// How long SyftBox may take to start; it is Python, and machines are busy.
const START: Duration = Duration::from_secs(90);

/// A SyftBox 0.4.0 server and clients on loopback, everything below one temporary folder. All of
/// it, and whatever the clients started, is stopped and removed when this is dropped.
#[derive(Debug)]
pub struct Network {
    // In the order of dropping. The clients end first: they start an app again that fails.
    clients: Vec<Client>,
    server: Running,
    _strays: StraysStopped,
    folder: TempDir,
    port: u16,
    address: String,
    http: ureq::Agent,
}

impl Network {
    /// Starts a network of these people with the SyftBox of the Python virtual environment that
    /// `SYFTBOX_VENV` names.
    pub fn start(people: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("the system's temporary folder is writable");
        let strays = StraysStopped(folder.path().to_owned());
        let ports = free_ports(people.len() + 1);
        let port = ports[0];
        let address = format!("http://127.0.0.1:{port}");
        let syftbox = syftbox();
        make_database(&syftbox, folder.path());
        let server = start_server(&syftbox, folder.path(), port);
        let http = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .http_status_as_error(false)
            .max_idle_connections(0) // the server closes idle ones, perhaps just then
            .build()
            .into();
        let clients = Vec::new();
        let mut network = Self { clients, server, _strays: strays, folder, port, address, http };
        network.wait_for("the server to answer", START, || network.get("/info"));
        for (name, port) in people.iter().zip(&ports[1..]) {
            let client = network.start_client(name, &syftbox, *port);
            network.clients.push(client);
        }
        for client in &network.clients {
            network.wait_until_ready(client);
        }
        network
    }

    /// Stops and starts the client of `name`, as its owner's next login would. What it had started
    /// goes on.
    pub fn restart(&mut self, name: &str) {
        self.clients.retain(|client| client.name != name);
        let client = self.start_client(name, &syftbox(), free_ports(1)[0]);
        self.wait_until_ready(&client);
        self.clients.push(client);
    }

    /// Kills the server, without a warning to anybody. Everything else goes on.
    pub fn kill_server(&mut self) {
        self.server.kill();
    }

    /// Starts a server that was killed again, where it was and with what it had.
    pub fn start_server_again(&mut self) {
        self.server = start_server(&syftbox(), self.folder.path(), self.port);
        self.wait_for("the server to answer again", START, || self.get("/info"));
    }

    /// The client of `name`.
    pub fn client(&self, name: &str) -> &Client {
        let client = self.clients.iter().find(|client| client.name == name);
        client.unwrap_or_else(|| panic!("{name} is not in this network"))
    }

    /// All clients.
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// The folder below which everything of this network lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The server's copy of all datasites.
    pub fn snapshot(&self) -> PathBuf {
        self.folder().join("server/snapshot")
    }

    /// The server's address of a path, as a browser would open it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// What the web gets from the server: the body of a page that is there.
    pub fn get(&self, path: &str) -> Option<String> {
        let mut response = self.http.get(self.url(path)).call().ok()?;
        response.status().is_success().then(|| response.body_mut().read_to_string().ok())?
    }

    /// The status of a request that `name` makes to the server's sync interface.
    pub fn post_as(&self, name: &str, path: &str, body: &Value) -> u16 {
        let token = self.token(name);
        self.post(path, &token, body).status().as_u16()
    }

    /// Waits until `look` has an answer; panics with what was waited for and with all logs' ends.
    pub fn wait_for<T>(&self, what: &str, limit: Duration, look: impl FnMut() -> Option<T>) -> T {
        wait_for(limit, look).unwrap_or_else(|| {
            let logs: String = self.clients.iter().map(Client::log_tail).collect();
            panic!("waited {limit:?} for {what}\n{}{logs}", self.server.log_tail())
        })
    }

    fn start_client(&self, name: &str, syftbox: &Path, port: u16) -> Client {
        let token = self.token(name);
        let membership = Membership { syftbox, server: &self.address, port, token: &token };
        Client::start(name, &self.folder().join(name), &membership)
    }

    fn wait_until_ready(&self, client: &Client) {
        let ready = || client.is_ready().then_some(());
        self.wait_for(&format!("{}'s client to start", client.name), START, ready);
    }

    /// A token for `name`: a server in development mode hands it out instead of mailing it.
    fn token(&self, name: &str) -> String {
        let email = email_of(name);
        let asked = self.post("/auth/request_email_token", "", &json!({ "email": email }));
        let mailed = text_of(asked, "email_token");
        let path = format!("/auth/validate_email_token?email={email}");
        text_of(self.post(&path, &mailed, &json!({})), "access_token")
    }

    fn post(&self, path: &str, token: &str, body: &Value) -> Response {
        let request = self.http.post(self.url(path)).header("Content-Type", "application/json");
        let request = request.header("Authorization", format!("Bearer {token}"));
        request.send(body.to_string()).unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }
}

type Response = ureq::http::Response<ureq::Body>;

fn text_of(mut response: Response, key: &str) -> String {
    let body = response.body_mut().read_to_string().expect("the server answers with text");
    let answer: Value = serde_json::from_str(&body).unwrap_or_default();
    let text = answer[key].as_str();
    text.unwrap_or_else(|| panic!("no {key} in the server's answer, status {}", response.status()))
        .to_owned()
}

fn syftbox() -> PathBuf {
    let environment = env::var_os("SYFTBOX_VENV")
        .expect("SYFTBOX_VENV names a Python virtual environment with syftbox; e2e/run makes one");
    let syftbox = Path::new(&environment).join("bin/syftbox");
    assert!(syftbox.exists(), "{} does not exist", syftbox.display());
    syftbox
}

/// The folder of a server and its empty database.
fn make_database(syftbox: &Path, folder: &Path) {
    fs::create_dir(folder.join("server")).expect("a new temporary folder is empty and writable");
    let mut migrate = Command::new(syftbox);
    prepare_for_server(migrate.args(["server", "migrate"]), folder);
    let migrated = migrate.output().expect("syftbox can be started");
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
}

fn start_server(syftbox: &Path, folder: &Path, port: u16) -> Running {
    let python = syftbox.with_file_name("python");
    let mut serve = Command::new(python);
    serve.args([
        "-m",
        "uvicorn",
        "syftbox.server.server:app",
        "--host",
        "127.0.0.1",
        "--workers",
        "1",
    ]);
    prepare_for_server(serve.args(["--port", &port.to_string()]), folder);
    Running::start(&mut serve, folder.join("server.log"))
}

fn prepare_for_server(command: &mut Command, folder: &Path) {
    command.current_dir(folder).env_clear().envs([
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("LANG", "C.UTF-8"),
        ("SYFTBOX_ENV", "DEV"),
        ("SYFTBOX_OTEL_ENABLED", "0"),
    ]);
    command.env("HOME", folder).env("TMPDIR", folder);
    command.env("SYFTBOX_DATA_FOLDER", folder.join("server"));
}

/// Ports of loopback that were free a moment ago, all different.
fn free_ports(count: usize) -> Vec<u16> {
    let listen = |_| TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let listeners: Vec<TcpListener> = (0..count).map(listen).collect();
    let port = |listener: &TcpListener| listener.local_addr().expect("it is bound").port();
    listeners.iter().map(port).collect()
}
