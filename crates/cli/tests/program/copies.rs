//! `orloj backup` and `orloj restore`.

use nix::sys::signal::Signal;

use crate::support::{Client, Server, program, run};

#[test]
fn a_copy_of_a_served_database_takes_its_place() {
    let mut server = Server::start();
    let home = server.home.clone();
    let token = server.token("admin");
    let client = Client {
        server: &server,
        token: token.clone(),
    };
    let create = |name: &str| {
        client
            .run(&[
                "job", "create", "--task", "echo", "--name", name, "--manual",
            ])
            .ok();
    };
    create("before");
    let said = server.local(&["backup", "copy.db"]).ok();
    assert!(said.contains("read again and whole"), "{said}");
    create("after");
    let complaint = server.local(&["backup", "copy.db"]).fails(5);
    assert!(complaint.contains("is there already"), "{complaint}");
    let complaint = server.local(&["restore", "copy.db", "--replace"]).fails(1);
    assert!(complaint.contains("another process"), "{complaint}");

    server.signal(Signal::SIGTERM);
    server.wait();
    let complaint = server.local(&["restore", "copy.db"]).fails(5);
    assert!(complaint.contains("is there already"), "{complaint}");
    let replaced = server.local(&["restore", "copy.db", "--replace"]);
    assert!(replaced.err.contains("is kept as"), "{replaced:?}");
    replaced.ok();

    let again = Server::start_in(&home, &[], &[]);
    let client = Client {
        server: &again,
        token,
    };
    let jobs = client.run(&["job", "list", "-o", "json"]).json();
    assert_eq!(
        (&jobs["total"], &jobs["items"][0]["nameEn"]),
        (&1.into(), &"before".into()),
        "{jobs}"
    );
}

#[test]
fn what_is_no_copy_is_refused_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let restore = |file: &str| run(program(home.path()).args(["restore", file]), "");
    assert!(restore("nothing.db").fails(3).contains("there is no file"));
    std::fs::write(home.path().join("text.db"), "a letter to a friend\n").unwrap();
    let complaint = restore("text.db").fails(1);
    assert!(
        complaint.contains("not a whole Orloj database"),
        "{complaint}"
    );

    let server = Server::start();
    server.local(&["backup", "copy.db"]).ok();
    let mut bytes = std::fs::read(server.home.join("copy.db")).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(home.path().join("half.db"), bytes).unwrap();
    let complaint = restore("half.db").fails(1);
    assert!(
        complaint.contains("not a whole Orloj database"),
        "{complaint}"
    );
    assert!(!home.path().join("orloj-data/orloj.db").exists());
}
