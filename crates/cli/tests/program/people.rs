//! `orloj user …` and `orloj token …`.

use crate::support::{Client, Server, program, run};

#[test]
fn users_and_tokens_through_the_api_and_on_the_servers_machine() {
    let server = Server::start();
    let admin = server.client();
    admin
        .run_with_input(
            &[
                "user",
                "add",
                "Maryam",
                "--role",
                "user",
                "--password-stdin",
            ],
            "another good password\n",
        )
        .ok();
    let complaint = admin
        .run_with_input(
            &[
                "user",
                "add",
                "maryam",
                "--role",
                "user",
                "--password-stdin",
            ],
            "another good password\n",
        )
        .fails(5);
    assert!(!complaint.is_empty());
    server
        .local(&["user", "add", "robot", "--role", "viewer", "--no-password"])
        .ok();
    assert_eq!(
        server.local(&["user", "list", "-o", "name"]).ok(),
        "admin\nMaryam\nrobot\n"
    );
    assert!(admin.run(&["user", "list"]).ok().contains("Maryam"));

    let maryam = server.client_of("maryam");
    maryam.run(&["job", "list"]).ok();
    let own = maryam
        .run(&[
            "token",
            "create",
            "--name",
            "own",
            "--scope",
            "read",
            "--expires",
            "1d",
        ])
        .ok();
    assert!(own.starts_with("orl_"), "{own}");
    assert_eq!(own.lines().count(), 1, "the token alone is printed");
    assert_eq!(
        maryam.run(&["token", "list", "-o", "json"]).json()["total"],
        2
    );
    maryam.run(&["user", "list"]).fails(4);
    maryam.run(&["token", "create", "--user", "admin"]).fails(4);
    let reader = Client {
        server: &server,
        token: own.trim().to_owned(),
    };
    reader.run(&["job", "list"]).ok();
    reader
        .run(&["job", "create", "--task", "echo", "--name", "x", "--manual"])
        .fails(4);

    let tokens = server
        .local(&["token", "list", "--user", "maryam", "-o", "name"])
        .ok();
    for token in tokens.lines() {
        server.local(&["token", "revoke", token]).ok();
    }
    maryam.run(&["job", "list"]).fails(4);

    let maryam = server.client_of("maryam");
    admin
        .run_with_input(
            &["user", "passwd", "maryam", "--password-stdin"],
            "a third good password\n",
        )
        .ok();
    admin.run(&["user", "disable", "maryam"]).ok();
    maryam.run(&["job", "list"]).fails(4);
    admin.run(&["user", "enable", "maryam"]).ok();
    server.local(&["user", "disable", "nobody"]).fails(3);
    server.local(&["token", "create"]).fails(2);
    let first = run(
        program(&server.home)
            .env("ORLOJ_URL", &server.url)
            .args(["token", "create", "--user", "admin"]),
        "",
    );
    assert!(
        first.ok().starts_with("orl_"),
        "the address in the environment does not ask for a token"
    );
    server
        .local(&["user", "add", "x", "--role", "user"])
        .fails(2);
}
