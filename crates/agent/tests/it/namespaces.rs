//! Three real agents on what they take for three machines: each in a network of its own with one wire to the server, on a
//! root file system of its own (a layer over this machine's), under a host name of its own. The server stands behind a
//! proxy that ends TLS, as it does in earnest. They are asked by the curl examples of the document that the dialect stands
//! in for, word by word.
//!
//! Needs root, `ip` and overlay file systems; says so where one is missing.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use orloj_engine::model::{NewUser, Role};
use orloj_engine::{Clock, ManualClock};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig as TlsConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::site::{Site, loopback};

/// Just before the moment that the document's first example names.
const BEFORE: &str = "2025-10-26T14:59:55Z";
const MOMENT: &str = "2025-10-26T15:00:00Z";
const NAMES: [&str; 3] = ["cairo", "luxor", "aswan"];
const PASSWORD: &str = "correct horse battery";
/// Installing takes its time where others work on the same machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// The examples as they stand in the document.
const COMMAND: &str = r#"curl -X POST "http://localhost:8000/api/schedule/tasks" \
  -H "Authorization: Bearer YOUR_TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "task_name": "System Info Check",
    "task_type": "command",
    "scheduled_time": "2025-10-26T15:00:00",
    "recurrence_type": "once",
    "device_ids": [1, 2],
    "command_payload": {
      "command": "systeminfo",
      "shell": "cmd"
    }
  }'"#;
const SOFTWARE: &str = r#"curl -X POST "http://localhost:8000/api/schedule/tasks" \
  -H "Authorization: Bearer YOUR_TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "task_name": "Weekly Security Updates",
    "task_type": "software_deployment",
    "scheduled_time": "2025-10-28T02:00:00",
    "recurrence_type": "weekly",
    "recurrence_config": {
      "type": "weekly",
      "days_of_week": [0],
      "time": "02:00"
    },
    "group_ids": [1],
    "software_payload": {
      "software_ids": [5, 8],
      "deployment_name": "Weekly Updates"
    }
  }'"#;
const FILES: &str = r#"curl -X POST "http://localhost:8000/api/schedule/tasks" \
  -H "Authorization: Bearer YOUR_TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "task_name": "Daily Config Sync",
    "task_type": "file_deployment",
    "scheduled_time": "2025-10-26T01:00:00",
    "recurrence_type": "daily",
    "recurrence_config": {
      "type": "daily",
      "time": "01:00"
    },
    "device_ids": [1, 2, 3],
    "file_payload": {
      "file_ids": [10, 11],
      "target_path": "C:\\Config",
      "create_path_if_not_exists": true
    }
  }'"#;
const LIST: &str = r#"curl -X GET "http://localhost:8000/api/schedule/tasks" \
  -H "Authorization: Bearer YOUR_TOKEN""#;
const DETAILS: &str = r#"curl -X GET "http://localhost:8000/api/schedule/tasks/1" \
  -H "Authorization: Bearer YOUR_TOKEN""#;
const PAUSE: &str = r#"curl -X POST "http://localhost:8000/api/schedule/tasks/1/pause" \
  -H "Authorization: Bearer YOUR_TOKEN""#;
const EXECUTE: &str = r#"curl -X POST "http://localhost:8000/api/schedule/tasks/1/execute" \
  -H "Authorization: Bearer YOUR_TOKEN""#;

/// Packages of the catalogue's entries 5 and 8.
const PACKAGES: [&str; 2] = ["nginx", "python3"];

/// What the agent's machine is made of: a layer over this one that goes with the agent. `$0` is the room for it.
const MACHINE: &str = r#"
set -e
mount -t tmpfs -o size=1500m tmpfs "$0"
mkdir "$0/upper" "$0/work" "$0/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
root="$0/root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
hostname "$NAME"
# Services of packages are not started.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
# What the document calls systeminfo.
printf '#!/bin/sh\necho "Host Name: $(hostname)"\nip -4 -o address show eth0\n' > "$root/usr/local/bin/systeminfo"
chmod 755 "$root/usr/sbin/policy-rc.d" "$root/usr/local/bin/systeminfo"
touch "$root/usr/local/bin/orloj-agent"
mount --bind "$PROGRAM" "$root/usr/local/bin/orloj-agent"
for package in "$PACKAGES"/*.deb; do
  if [ -e "$package" ]; then cp "$package" "$root/var/cache/apt/archives/"; fi
done
cp "$CERTIFICATE" "$root/etc/test-server.pem"
chroot "$root" sh -ec "$MORE"
mkdir -p -m 700 "$root/var/lib/orloj-agent"
cat > "$root/var/lib/orloj-agent/policy.toml" <<'END'
paths = ["/srv/config"]
[folders]
'C:\Config' = "/srv/config"
END
export SSL_CERT_FILE=/etc/test-server.pem ORLOJ_LOG=info NO_COLOR=1
chroot "$root" /usr/local/bin/orloj-agent enroll
exec chroot "$root" /usr/local/bin/orloj-agent run
"#;

/// What makes a machine one that has dnf, and an archive of its own for it with one package.
const WITH_DNF: &str = r#"
export DEBIAN_FRONTEND=noninteractive
apt-get install --assume-yes --quiet --no-install-recommends -- dnf rpm createrepo-c
mkdir -p /opt/build /srv/archive /etc/yum.repos.d
cat > /opt/build/hello.spec <<'END'
Name: orloj-hello
Version: 1.0
Release: 1
Summary: A package for a test
License: MIT
BuildArch: noarch
%description
A package for a test.
%install
mkdir -p %{buildroot}/opt
echo hello > %{buildroot}/opt/orloj-hello
%files
/opt/orloj-hello
END
rpmbuild -bb --define "_topdir /opt/build" /opt/build/hello.spec
find /opt/build -name '*.rpm' -exec cp {} /srv/archive/ \;
createrepo_c --quiet /srv/archive
printf '[local]\nname=local\nbaseurl=file:///srv/archive\ngpgcheck=0\n' > /etc/yum.repos.d/local.repo
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packages_come_and_go_through_the_real_dnf() {
    let folder = tempfile::tempdir().unwrap();
    let packages = folder.path().join("packages");
    let Some(mut networks) = networks(folder.path(), 1) else {
        return;
    };
    if !fetch_packages(&packages, &["dnf", "rpm", "createrepo-c"]) {
        return;
    }
    let site = Site::start(folder.path(), loopback()).await;
    let curl = Curl {
        url: site.url(),
        token: site.admin().await,
    };
    let certificate = folder.path().join("certificate.pem");
    let machine = Machine {
        server: doors(&networks, site.address, &certificate).await[0],
        room: folder.path().join("fedora"),
        packages: &packages,
        certificate: &certificate,
        more: WITH_DNF,
    };
    let token = site.token(&curl.token).await;
    let machine = Running::start(networks.remove(0), "fedora", &machine, &token);
    machine.until_online(&site, 1).await;
    let facts = &site.device_of("fedora").await["facts"];
    assert_eq!(facts["packageManagers"], json!(["apt", "dnf"]), "{facts}");
    let entry = |package: &str| {
        let linux = json!({ "packages": { "dnf": [package] } });
        let body = json!({ "name": package, "platforms": { "linux": linux } });
        curl.post("/api/v1/software", &body)["id"].clone()
    };
    let hello = entry("orloj-hello");
    let placed = machine.path("opt/orloj-hello");
    for (action, done, is_there) in [
        ("install", "installed", true),
        ("install", "already_there", true),
        ("uninstall", "removed", false),
        ("uninstall", "not_there", false),
    ] {
        let (ended, log) = curl.deploy_software(&hello, action);
        assert_eq!(ended["status"], "completed", "{action}: {ended}\n{log}");
        assert!(
            log.contains(&format!("orloj-hello: {done}")),
            "{action}: {log}"
        );
        assert_eq!(placed.exists(), is_there, "{action}");
    }
    let (ended, _) = curl.deploy_software(&entry("no-such-package"), "install");
    assert_eq!(ended["status"], "failed", "{ended}");
    let reason = &ended["devices"][0]["reason"];
    assert_eq!(reason, "installing ended with code 1", "{ended}");
    drop(machine);
    site.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documents_examples_reach_three_agents_in_networks_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let Some(networks) = networks(folder.path(), 3) else {
        return;
    };
    let packages = folder.path().join("packages");
    let has_packages = fetch_packages(&packages, &PACKAGES);
    let clock = ManualClock::new(BEFORE.parse().unwrap());
    let site = Site::start_by(folder.path(), loopback(), Clock::Manual(clock.clone())).await;
    let (owner, curl) = owner(&site).await;
    let certificate = folder.path().join("certificate.pem");
    let doors = doors(&networks, site.address, &certificate).await;
    let mut machines = Vec::new();
    for (number, network) in networks.into_iter().enumerate() {
        let machine = Machine {
            server: doors[number],
            room: folder.path().join(NAMES[number]),
            packages: &packages,
            certificate: &certificate,
            more: "",
        };
        let token = site.token(&owner).await;
        machines.push(Running::start(network, NAMES[number], &machine, &token));
        // One after the other, so that they have the numbers that the examples name.
        let device = i64::try_from(number + 1).unwrap();
        machines[number].until_online(&site, device).await;
    }
    for machine in &machines {
        let facts = &site.device_of(machine.name).await["facts"];
        let own = json!(machine.network.device.to_string());
        let addresses = facts["addresses"].as_array().unwrap();
        assert!(addresses.contains(&own), "{facts}");
        // Beside it, each has only what it gave itself on its one wire.
        assert!(addresses.len() <= 2, "{facts}");
    }
    let group = json!({ "name": "All of them", "devices": [1, 2, 3] });
    assert_eq!(curl.post("/api/v1/groups", &group)["id"], 1);
    // The examples name the files 10 and 11.
    let contents: Vec<Vec<u8>> = (1..=11_usize).map(content).collect();
    for (number, content) in (1..).zip(&contents) {
        assert_eq!(curl.upload(&format!("file-{number}"), content), number);
    }

    let command = curl.example(COMMAND, 201);
    let software = curl.example(SOFTWARE, 201);
    let files = curl.example(FILES, 201);
    assert_eq!(
        [&command["id"], &software["id"], &files["id"]],
        [&json!(1), &json!(2), &json!(3)]
    );
    assert_eq!(command["next_execution"], MOMENT);
    // The 28th is a Tuesday: the first Monday from then on.
    assert_eq!(software["next_execution"], "2025-11-03T02:00:00Z");
    assert_eq!(files["next_execution"], "2025-10-27T01:00:00Z");
    assert_eq!(curl.example(LIST, 200).as_array().unwrap().len(), 3);

    // The first one runs at its moment, by itself.
    let pace = Pace::set(clock);
    let done = curl.until_ended(1);
    assert_eq!(done["status"], "completed", "{done}");
    let run = &done["executions"][0];
    let late = run["execution_time"]
        .as_str()
        .unwrap()
        .parse::<Timestamp>()
        .unwrap()
        - MOMENT.parse::<Timestamp>().unwrap();
    let late = SignedDuration::try_from(late).unwrap();
    assert!(
        !late.is_negative() && late < SignedDuration::from_secs(1),
        "{run}"
    );
    let deployment = &run["deployment_id"];
    let log = curl
        .get(&format!("/api/v1/scheduler/executions/{deployment}/logs"))
        .to_string();
    for (machine, is_asked) in machines.iter().zip([true, true, false]) {
        let line = format!("[{0}] Host Name: {0}", machine.name);
        assert_eq!(log.contains(&line), is_asked, "{line}: {log}");
        let address = format!("inet {}/30", machine.network.device);
        assert_eq!(log.contains(&address), is_asked, "{address}: {log}");
    }
    assert_eq!(curl.example(DETAILS, 200)["execution_count"], 1);
    // What has happened is not paused any more.
    curl.example(PAUSE, 400);

    // The others run now.
    let of = |task: &str| EXECUTE.replace("tasks/1/", &format!("tasks/{task}/"));
    curl.example(&of("3"), 200);
    let done = curl.until_ended(3);
    assert_eq!(done["execution_count"], 1, "{done}");
    for machine in &machines {
        for number in [10, 11] {
            let placed = machine.path(&format!("srv/config/file-{number}"));
            let placed = std::fs::read(&placed).unwrap();
            assert_eq!(
                sum(&placed),
                sum(&contents[number - 1]),
                "{} {number}",
                machine.name
            );
        }
        let count = std::fs::read_dir(machine.path("srv/config"))
            .unwrap()
            .count();
        assert_eq!(count, 2, "{}", machine.name);
    }
    assert!(
        !Path::new("/srv/config").exists(),
        "this machine itself was changed"
    );

    if has_packages {
        let was_here = is_installed(Path::new("/"), "nginx");
        curl.example(&of("2"), 200);
        let done = curl.until_ended(2);
        let deployment = &done["executions"][0]["deployment_id"];
        let matrix = curl.get(&format!("/api/v1/deployments/{deployment}"));
        assert_eq!(matrix["status"], "completed", "{matrix}");
        assert_eq!(matrix["name"], "Weekly Updates");
        assert_eq!(matrix["counts"]["succeeded"], 3);
        for machine in &machines {
            for package in PACKAGES {
                assert!(
                    is_installed(&machine.path(""), package),
                    "{} {package}",
                    machine.name
                );
            }
            assert!(machine.path("usr/sbin/nginx").is_file(), "{}", machine.name);
        }
        assert_eq!(is_installed(Path::new("/"), "nginx"), was_here);
        let log = curl
            .get(&format!("/api/v1/scheduler/executions/{deployment}/logs"))
            .to_string();
        let what = if was_here {
            "nginx: already_there"
        } else {
            "nginx: installed"
        };
        assert_eq!(log.matches(what).count(), 3, "{log}");
    }
    drop(pace);
    drop(machines);
    site.end().await;
}

impl Site {
    async fn device_of(&self, name: &str) -> Value {
        let all = orloj_engine::model::Page {
            number: 1,
            size: 10,
        };
        let found = self
            .system()
            .devices(Default::default(), all)
            .await
            .unwrap();
        let device = found
            .items
            .into_iter()
            .find(|device| device.name == name)
            .unwrap();
        json!({ "facts": device.facts })
    }
}

/// Moves a clock as time passes, until dropped.
struct Pace(Arc<AtomicBool>);

impl Pace {
    fn set(clock: ManualClock) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let pace = Self(Arc::clone(&ended));
        std::thread::spawn(move || {
            let (start, begun) = (BEFORE.parse::<Timestamp>().unwrap(), Instant::now());
            while !ended.load(Ordering::Relaxed) {
                clock.set(start + SignedDuration::try_from(begun.elapsed()).unwrap());
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        pace
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The document's user: no administrator, but one who may command devices. Answers a token, and curl with one that the
/// dialect's own login gave out.
async fn owner(site: &Site) -> (String, Curl) {
    let user = site
        .system()
        .create_user(NewUser {
            name: "nischay".to_owned(),
            display_name: None,
            email: None,
            role: Role::User,
            password: Some(PASSWORD.to_owned()),
            grants: vec!["command".to_owned()],
        })
        .await
        .unwrap();
    assert_eq!(user.role, Role::User);
    let mut curl = Curl {
        url: site.url(),
        token: String::new(),
    };
    let login = json!({ "username": "nischay", "password": PASSWORD });
    let answer = curl.post("/api/auth/login", &login);
    curl.token = answer["access_token"].as_str().unwrap().to_owned();
    (curl.token.clone(), curl)
}

/// The program of that name.
struct Curl {
    url: String,
    token: String,
}

impl Curl {
    /// Runs an example of the document, for this server and with a token; its answer has this status.
    fn example(&self, text: &str, status: u16) -> Value {
        let text = text
            .replace("http://localhost:8000", &self.url)
            .replace("YOUR_TOKEN", &self.token);
        let script = format!("{text} --silent --show-error --write-out '\\n%{{http_code}}'");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        let (body, code) = said.rsplit_once('\n').unwrap();
        assert_eq!(code, status.to_string(), "{body}");
        serde_json::from_str(body).unwrap()
    }

    fn run(&self, path: &str, arguments: &[&str]) -> Value {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--fail-with-body"])
            .args(["-H", &format!("Authorization: Bearer {}", self.token)])
            .args(arguments)
            .arg(format!("{}{path}", self.url))
            .output()
            .unwrap();
        assert!(output.status.success(), "{path}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn get(&self, path: &str) -> Value {
        self.run(path, &[])
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        self.run(path, &["-H", "Content-Type: application/json", "-d", &body])
    }

    /// Announces and sends a file; answers its number.
    fn upload(&self, name: &str, content: &[u8]) -> i64 {
        let announced = json!({ "name": name, "size": content.len() });
        let file = self.post("/api/v1/files", &announced);
        let id = file["id"].as_i64().unwrap();
        if !content.is_empty() {
            let mut on_disk = tempfile::NamedTempFile::new().unwrap();
            std::io::Write::write_all(&mut on_disk, content).unwrap();
            let path = on_disk.path().display();
            let kind = "Content-Type: application/octet-stream";
            let from = format!("@{path}");
            self.run(
                &format!("/api/v1/files/{id}/content"),
                &["-X", "PUT", "-H", kind, "--data-binary", &from],
            );
        }
        id
    }

    /// Installs software on the device 1, or removes it; the deployment as it ended, and the log of its run.
    fn deploy_software(&self, software: &Value, action: &str) -> (Value, String) {
        let targets = json!({ "devices": [1] });
        let parameters = json!({ "software": [software], "targets": targets, "action": action });
        let body = json!({ "name": action, "kind": "software", "parameters": parameters });
        let made = self.post("/api/v1/deployments", &body);
        let path = format!("/api/v1/deployments/{}", made["id"]);
        let begun = Instant::now();
        loop {
            let now = self.get(&path);
            if !matches!(now["status"].as_str(), Some("pending" | "in_progress")) {
                let log = format!("/api/v1/scheduler/executions/{}/logs", made["id"]);
                return (now, self.get(&log).to_string());
            }
            assert!(begun.elapsed() < PATIENCE, "{now}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until the last execution of a task has ended; the task as it is then.
    fn until_ended(&self, task: i64) -> Value {
        let begun = Instant::now();
        loop {
            let now = self.get(&format!("/api/schedule/tasks/{task}"));
            if !now["executions"][0]["completed_time"].is_null() {
                assert_eq!(now["executions"][0]["status"], "completed", "{now}");
                return now;
            }
            assert!(begun.elapsed() < PATIENCE, "{now}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A network with one wire to this machine's.
struct Network {
    name: String,
    /// This machine's end.
    server: Ipv4Addr,
    /// The other.
    device: Ipv4Addr,
}

impl Network {
    /// Takes the first one that nobody on this machine has: its name is taken by making it.
    fn make() -> Result<Self, String> {
        let mut trouble = String::new();
        for block in 0..=255_u8 {
            let name = format!("orloj-{block}");
            match ip(&format!("netns add {name}")) {
                Ok(_) => {
                    // Addresses that are for tests between networks, and nowhere routed.
                    let end = |last| Ipv4Addr::new(198, 18, block, last);
                    let network = Self {
                        name,
                        server: end(1),
                        device: end(2),
                    };
                    return network.wire(block).map(|()| network);
                }
                Err(error) if error.contains("exists") => trouble = error,
                Err(error) => return Err(error),
            }
        }
        Err(trouble)
    }

    fn wire(&self, block: u8) -> Result<(), String> {
        let Self {
            name,
            server,
            device,
        } = self;
        let wire = format!("oj{}-{block}", std::process::id());
        for words in [
            format!("link add {wire} type veth peer name eth0 netns {name}"),
            format!("address add {server}/30 dev {wire}"),
            format!("link set {wire} up"),
            format!("-n {name} address add {device}/30 dev eth0"),
            format!("-n {name} link set eth0 up"),
            format!("-n {name} link set lo up"),
        ] {
            ip(&words)?;
        }
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The wire goes with it.
        let _ = ip(&format!("netns delete {}", self.name));
    }
}

fn ip(words: &str) -> Result<String, String> {
    let output = Command::new("ip").args(words.split(' ')).output();
    let output = output.map_err(|error| format!("ip: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("ip {words}: {}", text(&output.stderr)))
    }
}

/// So many networks; `None`, said loudly, where this machine cannot make them or root file systems for them.
fn networks(folder: &Path, count: u8) -> Option<Vec<Network>> {
    remove_leftovers();
    let made: Result<Vec<Network>, String> = (0..count).map(|_| Network::make()).collect();
    let layered = |network: &Network| -> Result<(), String> {
        let room = folder.join("probe");
        std::fs::create_dir(&room).map_err(|error| error.to_string())?;
        let probe = "set -e; mount -t tmpfs tmpfs \"$0\"; cd \"$0\"; mkdir u w r; \
                     mount -t overlay overlay -o lowerdir=/,upperdir=u,workdir=w r; chroot r true";
        let output = inside(&network.name)
            .args(["sh", "-c", probe])
            .arg(&room)
            .output();
        match output {
            Ok(Output { status, .. }) if status.success() => Ok(()),
            other => Err(format!("no layered file systems here: {other:?}")),
        }
    };
    match made.and_then(|made| made.first().map_or(Ok(()), layered).map(|()| made)) {
        Ok(networks) => Some(networks),
        Err(why) => {
            skipped("agents in networks of their own", &why);
            None
        }
    }
}

/// Networks of runs that were killed before they could remove them: their wires carry the numbers of the processes.
fn remove_leftovers() {
    for line in ip("-o link show type veth").unwrap_or_default().lines() {
        let name = line.split(' ').nth(1).unwrap_or_default();
        let wire = name
            .split('@')
            .next()
            .and_then(|name| name.strip_prefix("oj"));
        if let Some((pid, block)) = wire.and_then(|wire| wire.split_once('-'))
            && !Path::new("/proc").join(pid).exists()
        {
            let _ = ip(&format!("netns delete orloj-{block}"));
        }
    }
}

fn inside(network: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", network, "unshare", "--uts"]);
    command
}

#[expect(
    clippy::print_stderr,
    reason = "a test that was not done is to be noticed"
)]
fn skipped(what: &str, why: &str) {
    eprintln!("SKIPPED: {what}: {why}");
}

/// Fetches the packages that the machines will install: in their networks is no archive.
fn fetch_packages(folder: &Path, packages: &[&str]) -> bool {
    std::fs::create_dir_all(folder.join("partial")).unwrap();
    let output = Command::new("apt-get")
        .args(["install", "--download-only", "--assume-yes", "--quiet"])
        .arg("--no-install-recommends")
        .args(["-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root"])
        .args(["-o", &format!("Dir::Cache::archives={}", folder.display())])
        .arg("--")
        .args(packages)
        .output();
    match output {
        Ok(Output { status, .. }) if status.success() => true,
        other => {
            skipped(
                "real packages",
                &format!("no package archive can be reached: {other:?}"),
            );
            false
        }
    }
}

fn is_installed(root: &Path, package: &str) -> bool {
    let output = Command::new("chroot")
        .arg(root)
        .args([
            "dpkg-query",
            "--show",
            "--showformat=${db:Status-Status}",
            "--",
            package,
        ])
        .output()
        .unwrap();
    output.status.success() && output.stdout == b"installed"
}

/// The proxy in front of the server: TLS on this machine's end of each wire. Answers where agents find the server.
async fn doors(networks: &[Network], server: SocketAddr, certificate: &Path) -> Vec<SocketAddr> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let names: Vec<String> = networks
        .iter()
        .map(|network| network.server.to_string())
        .collect();
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(certificate, own.cert.pem()).unwrap();
    let chain = vec![CertificateDer::from(own.cert.der().to_vec())];
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = TlsConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut doors = Vec::new();
    for network in networks {
        let listener = TcpListener::bind((network.server, 0)).await.unwrap();
        doors.push(listener.local_addr().unwrap());
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Who hangs up is none of the proxy's business.
                    if let Ok(mut client) = acceptor.accept(client).await
                        && let Ok(mut server) = TcpStream::connect(server).await
                    {
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
    }
    doors
}

/// What a machine is made from.
struct Machine<'a> {
    server: SocketAddr,
    room: PathBuf,
    packages: &'a Path,
    certificate: &'a Path,
    /// What else is to be done there before the agent comes.
    more: &'a str,
}

/// A machine whose agent runs; all of it goes with the agent.
struct Running {
    name: &'static str,
    agent: Child,
    log: PathBuf,
    // After the agent: nobody is left in it.
    network: Network,
}

impl Running {
    fn start(network: Network, name: &'static str, machine: &Machine<'_>, token: &str) -> Self {
        std::fs::create_dir(&machine.room).unwrap();
        let log = machine.room.with_extension("log");
        let file = std::fs::File::create(&log).unwrap();
        let agent = inside(&network.name)
            .args(["sh", "-c", MACHINE])
            .arg(&machine.room)
            .env("NAME", name)
            .env("PROGRAM", env!("CARGO_BIN_EXE_orloj-agent"))
            .env("PACKAGES", machine.packages)
            .env("CERTIFICATE", machine.certificate)
            .env("MORE", machine.more)
            .env("ORLOJ_SERVER", format!("https://{}", machine.server))
            .env("ORLOJ_ENROLLMENT_TOKEN", token)
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self {
            name,
            agent,
            log,
            network,
        }
    }

    /// Waits until its agent has enrolled as this device and is connected.
    async fn until_online(&self, site: &Site, device: i64) {
        let begun = Instant::now();
        loop {
            let said = std::fs::read_to_string(&self.log).unwrap_or_default();
            let known = site.system().device(device).await;
            // Enrolling is a connection of its own, which ends again.
            if said.contains("session: connected")
                && known.is_ok_and(|known| known.name == self.name && known.connected_at.is_some())
            {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{} does not come: {said}",
                self.name
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A path of its file system, as seen from here.
    fn path(&self, path: &str) -> PathBuf {
        Path::new("/proc")
            .join(self.agent.id().to_string())
            .join("root")
            .join(path)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.agent.kill();
        let _ = self.agent.wait();
    }
}

/// Content of the file of this number; only those that are deployed have any.
fn content(number: usize) -> Vec<u8> {
    let length = if number < 10 { 0 } else { number * 300_007 };
    (0..length).map(|at| (at * number % 251) as u8).collect()
}

fn sum(content: &[u8]) -> Vec<u8> {
    Sha256::digest(content).to_vec()
}
