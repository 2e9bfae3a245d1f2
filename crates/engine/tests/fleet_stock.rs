//! What is kept for devices: files, received piece by piece, checked and within a quota; software; groups.
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "scenarios are functions of their own, outside those marked as tests"
)]

mod support;

use std::collections::BTreeMap;

use orloj_engine::model::{
    FileLimits, FilePatch, GroupDevice, GroupPatch, GroupRule, Members, NewFile, NewGroup,
    NewSoftware, Platform, Role, Sharing, SoftwareDefinition, SoftwarePatch, SoftwarePlatform,
    StoredFile,
};
use orloj_engine::{Caller, FILE_CHUNK, Kind};
use serde_json::json;
use support::both;

/// SHA-256 of `abc` (FIPS 180-2).
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn new(name: &str, size: u64) -> NewFile {
    NewFile {
        name: name.to_owned(),
        description: None,
        media_type: None,
        size,
        sha256: None,
        sharing: Sharing::default(),
    }
}

async fn kept(caller: &Caller, name: &str, content: &[u8]) -> StoredFile {
    let file = caller
        .create_file(new(name, content.len() as u64))
        .await
        .unwrap();
    let mut at = 0;
    for piece in content.chunks(FILE_CHUNK) {
        at = caller
            .append_file(file.id, at, piece.to_vec())
            .await
            .unwrap();
    }
    caller.finish_file(file.id).await.unwrap()
}

async fn content(caller: &Caller, id: i64, from: u64, to: u64) -> Vec<u8> {
    let mut reader = caller.file_content(id, from, to).await.unwrap();
    let mut all = Vec::new();
    while let Some(piece) = reader.next().await.unwrap() {
        all.extend(piece);
    }
    all
}

fn commands(file: Option<i64>) -> SoftwareDefinition {
    let linux = SoftwarePlatform {
        file,
        install: Some("true".to_owned()),
        detect: Some("true".to_owned()),
        ..SoftwarePlatform::default()
    };
    SoftwareDefinition {
        platforms: BTreeMap::from([(Platform::Linux, linux)]),
        ..SoftwareDefinition::default()
    }
}

fn new_group(name: &str, members: Members) -> NewGroup {
    NewGroup {
        name: name.to_owned(),
        description: None,
        color: None,
        members,
        sharing: Sharing::default(),
    }
}

fn software(name: &str, definition: SoftwareDefinition) -> NewSoftware {
    NewSoftware {
        name: name.to_owned(),
        version: None,
        description: None,
        category: None,
        publisher: None,
        definition,
        sharing: Sharing::default(),
    }
}

both! {
    async fn an_upload_goes_on_where_it_ended(lab) {
        let user = lab.caller("maryam", Role::User).await;
        let bytes: Vec<u8> = (0..3 * FILE_CHUNK + 17).map(|at| (at % 251) as u8).collect();
        let file = user.create_file(new("big.bin", bytes.len() as u64)).await.unwrap();
        assert!(!file.is_ready());
        // Pieces of odd sizes: wherever connections broke.
        let mut at = 0;
        for size in [FILE_CHUNK, 1, FILE_CHUNK - 5, 700_000] {
            let start = usize::try_from(at).unwrap();
            at = user.append_file(file.id, at, bytes[start..start + size].to_vec()).await.unwrap();
        }
        assert_eq!(user.file(file.id).await.unwrap().received, at);
        // A piece that was sent twice, and one too far: neither changes anything.
        for wrong in [0, at - 1, at + 1] {
            let error = user.append_file(file.id, wrong, vec![0; 3]).await.unwrap_err();
            assert_eq!(error.kind, Kind::Conflict);
            assert!(error.message.contains(&at.to_string()), "{}", error.message);
        }
        assert_eq!(user.finish_file(file.id).await.unwrap_err().kind, Kind::Conflict);
        assert_eq!(user.file_content(file.id, 0, 1).await.unwrap_err().kind, Kind::Conflict);
        let rest = usize::try_from(at).unwrap();
        let too_long = [&bytes[rest..], b"x"].concat();
        assert_eq!(user.append_file(file.id, at, too_long).await.unwrap_err().kind, Kind::Conflict);
        user.append_file(file.id, at, bytes[rest..].to_vec()).await.unwrap();
        let file = user.finish_file(file.id).await.unwrap();
        assert!(file.is_ready());
        assert_eq!(content(&user, file.id, 0, u64::MAX).await, bytes);
        assert_eq!(content(&user, file.id, 1_000_000, 2_200_000).await, &bytes[1_000_000..2_200_000]);
        // Whole is whole.
        assert_eq!(user.append_file(file.id, file.size, vec![1]).await.unwrap_err().kind, Kind::Conflict);
    }

    async fn what_is_not_what_was_announced_is_thrown_away(lab) {
        let user = lab.caller("maryam", Role::User).await;
        let announced = NewFile { sha256: Some(ABC.to_uppercase()), ..new("abc", 3) };
        let file = user.create_file(announced).await.unwrap();
        user.append_file(file.id, 0, b"abd".to_vec()).await.unwrap();
        let error = user.finish_file(file.id).await.unwrap_err();
        assert_eq!(error.kind, Kind::Invalid);
        assert_eq!(user.file(file.id).await.unwrap().received, 0);
        user.append_file(file.id, 0, b"abc".to_vec()).await.unwrap();
        assert_eq!(user.finish_file(file.id).await.unwrap().sha256.as_deref(), Some(ABC));
        let empty = kept(&user, "empty", b"").await;
        assert!(empty.is_ready());
        assert_eq!(content(&user, empty.id, 0, 10).await, b"");
        for bad in ["../up", "a/b", "", "nul"] {
            let error = user.create_file(new(bad, 1)).await.unwrap_err();
            assert_eq!(error.fields[0].pointer, "/name");
        }
        let bad = NewFile { media_type: Some("x\r\ny: z".into()), sha256: Some("12".into()), ..new("a", u64::MAX) };
        let pointers: Vec<_> = user.create_file(bad).await.unwrap_err().fields.into_iter().map(|field| field.pointer).collect();
        assert_eq!(pointers, ["/mediaType", "/size", "/sha256"]);
    }

    async fn files_are_their_owners(lab) {
        let owner = lab.caller("maryam", Role::User).await;
        let other = lab.caller("omar", Role::User).await;
        let viewer = lab.caller("vera", Role::Viewer).await;
        let admin = lab.caller("root", Role::Admin).await;
        let file = kept(&owner, "plan.txt", b"secret plan").await;
        assert_eq!(other.file(file.id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(other.file_content(file.id, 0, 1).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(other.append_file(file.id, 0, vec![1]).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(other.delete_file(file.id).await.unwrap_err().kind, Kind::NotFound);
        assert!(other.files().await.unwrap().files.is_empty());
        assert_eq!(admin.files().await.unwrap().files.len(), 1);
        assert_eq!(viewer.create_file(new("a", 1)).await.unwrap_err().kind, Kind::Forbidden);
        let sharing = Sharing { everybody: false, users: vec![other.actor().user_id] };
        let patch = FilePatch { sharing: Some(sharing), name: Some("plan2.txt".into()), ..FilePatch::default() };
        owner.update_file(file.id, patch).await.unwrap();
        assert_eq!(content(&other, file.id, 0, 100).await, b"secret plan");
        assert!(other.file(file.id).await.unwrap().sharing.users.is_empty());
        assert_eq!(other.delete_file(file.id).await.unwrap_err().kind, Kind::Forbidden);
        assert_eq!(other.update_file(file.id, FilePatch::default()).await.unwrap_err().kind, Kind::Forbidden);
        assert_eq!(viewer.file(file.id).await.unwrap_err().kind, Kind::NotFound);
        owner.delete_file(file.id).await.unwrap();
        assert_eq!(owner.file(file.id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(lab.texts("SELECT CAST(COUNT(*) AS TEXT) FROM file_chunk").await, ["0"]);
    }

    async fn announced_bytes_count_against_the_quota(lab) {
        lab.engine.stop(std::time::Duration::ZERO).await;
        let engine = lab.reopen(|config| config.files = FileLimits { largest: 80, quota: 100 }).await;
        let system = engine.caller(orloj_engine::model::Actor::system());
        let user = system.create_user(orloj_engine::model::NewUser {
            name: "maryam".to_owned(),
            display_name: None,
            email: None,
            role: Role::User,
            password: None,
            grants: Vec::new(),
        }).await.unwrap();
        let actor = orloj_engine::model::Actor { user_id: user.id, role: Role::User, ..orloj_engine::model::Actor::system() };
        let caller = engine.caller(actor);
        let first = caller.create_file(new("a", 60)).await.unwrap();
        let error = caller.create_file(new("b", 41)).await.unwrap_err();
        assert_eq!(error.kind, Kind::Conflict);
        assert_eq!(caller.create_file(new("c", 81)).await.unwrap_err().kind, Kind::Invalid);
        let shelf = caller.files().await.unwrap();
        assert_eq!((shelf.used, shelf.quota), (60, 100));
        caller.delete_file(first.id).await.unwrap();
        caller.create_file(new("b", 41)).await.unwrap();
        engine.stop(std::time::Duration::ZERO).await;
    }

    async fn software_is_kept_together_with_what_it_needs(lab) {
        let owner = lab.caller("maryam", Role::User).await;
        let other = lab.caller("omar", Role::User).await;
        let builtin = owner.software_catalogue().await.unwrap();
        assert!(builtin.iter().all(orloj_engine::model::Software::is_builtin));
        let file = kept(&owner, "tools.deb", b"not really").await;
        let theirs = kept(&other, "theirs.deb", b"x").await;
        let error = owner.create_software(software("Bad", commands(Some(theirs.id)))).await.unwrap_err();
        assert_eq!(error.fields[0].pointer, "/platforms/linux/file");
        let tools = owner.create_software(software("Tools", SoftwareDefinition { dependencies: vec![builtin[0].id], ..commands(Some(file.id)) })).await.unwrap();
        assert_eq!(tools.id, 1_000);
        assert_eq!(owner.create_software(software("Tools", commands(None))).await.unwrap_err().kind, Kind::Conflict);
        let suite = owner.create_software(software("Suite", SoftwareDefinition { dependencies: vec![tools.id], ..commands(None) })).await.unwrap();
        let circle = SoftwarePatch { definition: Some(SoftwareDefinition { dependencies: vec![suite.id], ..commands(None) }), ..SoftwarePatch::default() };
        let error = owner.update_software(tools.id, circle).await.unwrap_err();
        assert_eq!(error.fields[0].pointer, "/dependencies");
        let unknown = SoftwareDefinition { dependencies: vec![999], ..commands(None) };
        assert_eq!(owner.create_software(software("Lost", unknown)).await.unwrap_err().kind, Kind::Invalid);
        // What is used stays.
        let error = owner.delete_file(file.id).await.unwrap_err();
        assert_eq!(error.kind, Kind::Conflict);
        assert!(error.message.contains("Tools"), "{}", error.message);
        assert!(owner.delete_software(tools.id).await.unwrap_err().message.contains("Suite"));
        // Isolation, and what nobody may change.
        assert_eq!(other.software(tools.id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(other.delete_software(suite.id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(owner.delete_software(1).await.unwrap_err().kind, Kind::Conflict);
        assert_eq!(other.software_catalogue().await.unwrap().len(), builtin.len());
        owner.delete_software(suite.id).await.unwrap();
        owner.delete_software(tools.id).await.unwrap();
        owner.delete_file(file.id).await.unwrap();
    }

    async fn a_group_yields_what_its_asker_may_use(lab) {
        let owner = lab.caller("maryam", Role::User).await;
        let other = lab.caller("omar", Role::User).await;
        let (mine, theirs) = (owner.actor().user_id, other.actor().user_id);
        for (id, user, name, facts, tag) in [
            (1, mine, "web-1", json!({"os": "linux", "cpus": 2}), "web"),
            (2, mine, "web-2", json!({"os": "linux", "cpus": 8}), "web"),
            (3, mine, "desk", json!({"os": "windows", "cpus": 8}), "office"),
            (4, theirs, "web-9", json!({"os": "linux", "cpus": 8}), "web"),
        ] {
            lab.sql(&format!("INSERT INTO device (id, owner_id, name, is_shared_with_all, facts, session, created_at, updated_at) VALUES ({id}, {user}, '{name}', {}, '{facts}', 0, 0, 0)", "FALSE")).await;
            lab.sql(&format!("INSERT INTO device_tag (device_id, tag) VALUES ({id}, '{tag}')")).await;
        }
        let rule: GroupRule = serde_json::from_value(json!({"all": [{"field": "tags", "op": "contains", "value": "web"}, {"not": {"field": "facts.os", "op": "eq", "value": "windows"}}]})).unwrap();
        let names = |devices: Vec<GroupDevice>| devices.into_iter().map(|device| device.name).collect::<Vec<_>>();
        assert_eq!(names(owner.preview_group(rule.clone()).await.unwrap()), ["web-1", "web-2"]);
        let everybody = Sharing { everybody: true, users: Vec::new() };
        let group = owner.create_group(NewGroup { sharing: everybody.clone(), ..new_group("Web", Members::Matching(rule)) }).await.unwrap();
        assert_eq!(group.id, 1);
        // The group is shared, its devices are not.
        assert_eq!(names(owner.group_devices(group.id).await.unwrap()), ["web-1", "web-2"]);
        assert_eq!(names(other.group_devices(group.id).await.unwrap()), ["web-9"]);
        let listed = owner.create_group(NewGroup { sharing: everybody, ..new_group("Desks", Members::Listed(vec![3, 1, 3])) }).await.unwrap();
        assert_eq!(listed.members, Members::Listed(vec![1, 3]));
        assert_eq!(other.group(listed.id).await.unwrap().members, Members::Listed(Vec::new()));
        assert_eq!(names(other.group_devices(listed.id).await.unwrap()), [""; 0]);
        assert_eq!(owner.groups().await.unwrap().into_iter().map(|(group, count)| (group.name, count)).collect::<Vec<_>>(), [("Desks".to_owned(), 2), ("Web".to_owned(), 2)]);
        // Somebody else's device cannot be listed, and what is shared cannot be changed.
        let error = owner.create_group(new_group("Theirs", Members::Listed(vec![4]))).await.unwrap_err();
        assert_eq!(error.fields[0].pointer, "/devices");
        assert_eq!(other.delete_group(listed.id).await.unwrap_err().kind, Kind::Forbidden);
        let private = GroupPatch { sharing: Some(Sharing::default()), members: Some(Members::Listed(vec![2])), ..GroupPatch::default() };
        owner.update_group(listed.id, private).await.unwrap();
        assert_eq!(other.group(listed.id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(names(owner.group_devices(listed.id).await.unwrap()), ["web-2"]);
        let bad = NewGroup { color: Some("red".to_owned()), ..new_group(" ", Members::Matching(serde_json::from_value(json!({"field": "id", "op": "exists"})).unwrap())) };
        let pointers: Vec<_> = owner.create_group(bad).await.unwrap_err().fields.into_iter().map(|field| field.pointer).collect();
        assert_eq!(pointers, ["/name", "/color", "/rule/field"]);
        // A device that was revoked is no member any more.
        lab.sql("UPDATE device SET revoked_at = 1 WHERE id = 2").await;
        assert_eq!(names(owner.group_devices(1).await.unwrap()), ["web-1"]);
        owner.delete_group(listed.id).await.unwrap();
        assert_eq!(owner.group(listed.id).await.unwrap_err().kind, Kind::NotFound);
    }
}
