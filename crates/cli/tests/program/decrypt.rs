//! `orloj decrypt`: what a job encrypted, in clear again.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn orloj(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_orloj"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_new_key_opens_nothing_of_others_and_wrong_uses_say_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let made = orloj(folder.path(), &["decrypt", "--new-key"], "");
    assert!(made.status.success(), "{}", said(&made));
    let key = String::from_utf8(made.stdout).unwrap();
    assert!(
        key.starts_with("# public key: age1") && key.contains("\nAGE-SECRET-KEY-1"),
        "{key}"
    );
    std::fs::write(at("backup.key"), &key).unwrap();
    // Made with pyrage and the passphrase "horse staple".
    std::fs::write(at("note.txt.age"), include_bytes!("note.txt.age")).unwrap();

    let refused = orloj(
        folder.path(),
        &["decrypt", "note.txt.age", "--key-file", "backup.key"],
        "",
    );
    assert!(
        !refused.status.success() && said(&refused).contains("cannot be opened"),
        "{}",
        said(&refused)
    );
    assert!(!at("note.txt").exists());
    let bare = orloj(folder.path(), &["decrypt", "note.txt.age"], "");
    assert_eq!(bare.status.code(), Some(2), "{}", said(&bare));
    let nameless = orloj(
        folder.path(),
        &["decrypt", "backup.key", "--passphrase-stdin"],
        "x",
    );
    assert_eq!(nameless.status.code(), Some(2), "{}", said(&nameless));

    let opened = orloj(
        folder.path(),
        &["decrypt", "note.txt.age", "--passphrase-stdin"],
        "horse staple\n",
    );
    assert!(opened.status.success(), "{}", said(&opened));
    assert_eq!(
        std::fs::read_to_string(at("note.txt")).unwrap(),
        "restored\n"
    );
    // Nothing is written over.
    let again = orloj(
        folder.path(),
        &["decrypt", "note.txt.age", "--passphrase-stdin"],
        "horse staple\n",
    );
    assert!(!again.status.success());
}
