//! Users, sessions, tokens and the audit trail, through the engine's only door, on both databases.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::net::IpAddr;

use jiff::ToSpan as _;
use orloj_engine::model::{
    AccountPatch, Actor, AuditFilter, NewToken, NewUser, Page, Refusal, Role, Scope, UserFilter,
    UserPatch,
};
use orloj_engine::{Engine, Error, Kind};
use serde_json::json;
use support::{Lab, PASSWORD, both};

const ALL: Page = Page {
    number: 1,
    size: 500,
};
const DAY: i64 = 86_400;

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> Kind {
    result.unwrap_err().kind
}

fn new_user(name: &str, role: Role) -> NewUser {
    NewUser {
        name: name.to_owned(),
        display_name: None,
        email: None,
        role,
        password: Some(PASSWORD.to_owned()),
        grants: Vec::new(),
    }
}

fn new_token(scope: Scope) -> NewToken {
    NewToken {
        user_id: None,
        label: "nightly".to_owned(),
        scope,
        expires_at: None,
    }
}

async fn wrong(engine: &Engine, name: &str, address: Option<&str>) -> Error {
    let address: Option<IpAddr> = address.map(|text| text.parse().unwrap());
    engine
        .sign_in(name, "not the password", address, None)
        .await
        .unwrap_err()
}

async fn actions(lab: &Lab) -> Vec<String> {
    let filter = AuditFilter::default();
    let events = lab.system().audit_events(filter, ALL).await.unwrap();
    events.items.into_iter().rev().map(|e| e.action).collect()
}

both! {
    async fn the_first_administrator_needs_the_setup_secret(lab) {
        let engine = &lab.engine;
        assert!(engine.setup_required().await.unwrap());
        let secret = engine.issue_setup_token().await.unwrap();
        let foreign = secret.replace(&secret[10..14], "AAAA");
        for bad in ["", "orf_", "x", foreign.as_str()] {
            assert_eq!(kind(engine.setup(bad, "mona", PASSWORD).await), Kind::Unauthenticated);
        }
        assert_eq!(kind(engine.setup(&secret, "mona", "short").await), Kind::Invalid);
        assert_eq!(kind(engine.setup(&secret, "no name!", PASSWORD).await), Kind::Invalid);
        let (user, session) = engine.setup(&secret, "mona", PASSWORD).await.unwrap();
        assert_eq!((user.id, user.role), (1, Role::Admin));
        let actor = engine.authenticate_session(&session.secret).await.unwrap();
        assert_eq!((actor.user_id, actor.role, actor.scope), (1, Role::Admin, Scope::Full));

        assert!(!engine.setup_required().await.unwrap());
        assert_eq!(kind(engine.setup(&secret, "eve", PASSWORD).await), Kind::Conflict);
        assert_eq!(kind(engine.issue_setup_token().await), Kind::Conflict);
        assert_eq!(engine.create_first_admin("eve", PASSWORD).await.unwrap(), None);
        assert_eq!(lab.system().users(UserFilter::default(), ALL).await.unwrap().total, 1);
    }

    async fn a_setup_secret_lasts_a_day(lab) {
        let secret = lab.engine.issue_setup_token().await.unwrap();
        lab.advance(DAY);
        assert_eq!(kind(lab.engine.setup(&secret, "mona", PASSWORD).await), Kind::Unauthenticated);
        let next = lab.engine.issue_setup_token().await.unwrap();
        lab.engine.setup(&next, "mona", PASSWORD).await.unwrap();
    }

    async fn only_one_of_several_first_administrators_wins(lab) {
        let secret = lab.engine.issue_setup_token().await.unwrap();
        let (a, b, c) = tokio::join!(
            lab.engine.setup(&secret, "a", PASSWORD),
            lab.engine.setup(&secret, "b", PASSWORD),
            lab.engine.create_first_admin("c", PASSWORD),
        );
        let made = [a.is_ok(), b.is_ok(), c.unwrap().is_some()];
        assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
        assert_eq!(lab.system().users(UserFilter::default(), ALL).await.unwrap().total, 1);
    }

    async fn who_starts_the_process_may_make_the_first_administrator(lab) {
        assert_eq!(kind(lab.engine.create_first_admin("admin", "admin").await), Kind::Invalid);
        let admin = lab.engine.create_first_admin("admin", PASSWORD).await.unwrap().unwrap();
        assert_eq!(admin.role, Role::Admin);
        lab.engine.sign_in("admin", PASSWORD, None, None).await.unwrap();
        assert_eq!(actions(lab).await, ["user.created", "login.succeeded"]);
    }

    async fn signing_in_answers_the_same_whatever_is_wrong(lab) {
        lab.user("Mona", Role::User).await;
        let disabled = lab.user("gone", Role::User).await;
        let patch = UserPatch { is_disabled: Some(true), ..UserPatch::default() };
        lab.system().update_user(disabled.id, patch).await.unwrap();
        let without = NewUser { password: None, ..new_user("robot", Role::User) };
        lab.system().create_user(without).await.unwrap();

        let expected = wrong(&lab.engine, "mona", None).await;
        assert_eq!(expected.kind, Kind::Unauthenticated);
        for (name, password) in [
            ("nobody", PASSWORD),
            ("gone", PASSWORD),
            ("robot", PASSWORD),
            ("robot", ""),
            ("", ""),
            ("mo\0na", PASSWORD),
            ("mona", "correct horse batterY"),
        ] {
            let error = lab.engine.sign_in(name, password, None, None).await.unwrap_err();
            assert_eq!((error.kind, &error.message), (expected.kind, &expected.message), "{name:?}");
        }
        let session = lab.engine.sign_in(" MONA ", PASSWORD, Some([192, 0, 2, 7].into()), Some("A\0B")).await.unwrap();
        assert_eq!(session.user.name, "Mona");
        assert_eq!(session.user.last_login_at, Some(lab.now()));
        assert_eq!(session.session.address.as_deref(), Some("192.0.2.7"));
        assert_eq!(session.session.user_agent.as_deref(), Some("AB"));
        assert!(session.secret.starts_with("ors_"));
    }

    async fn failures_for_a_name_are_delayed_ever_longer(lab) {
        lab.user("mona", Role::User).await;
        for _ in 0..5 {
            assert_eq!(wrong(&lab.engine, "mona", None).await.kind, Kind::Unauthenticated);
        }
        let refused = wrong(&lab.engine, "Mona", None).await;
        assert_eq!((refused.kind, refused.retry_after_seconds), (Kind::TooMany, Some(1)));
        // Not even the right password helps before the time has come.
        assert_eq!(kind(lab.engine.sign_in("mona", PASSWORD, None, None).await), Kind::TooMany);
        lab.advance(1);
        assert_eq!(wrong(&lab.engine, "mona", None).await.kind, Kind::Unauthenticated);
        assert_eq!(wrong(&lab.engine, "mona", None).await.retry_after_seconds, Some(2));
        lab.advance(2);
        lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        assert_eq!(wrong(&lab.engine, "mona", None).await.kind, Kind::Unauthenticated);
        lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        // Unknown names are delayed alike: nobody learns who exists.
        for _ in 0..5 {
            assert_eq!(wrong(&lab.engine, "nobody", None).await.kind, Kind::Unauthenticated);
        }
        assert_eq!(wrong(&lab.engine, "nobody", None).await.kind, Kind::TooMany);
    }

    async fn guessing_over_many_names_is_delayed_by_address(lab) {
        lab.user("mona", Role::User).await;
        for index in 0..20 {
            let error = wrong(&lab.engine, &format!("name{index}"), Some("192.0.2.7")).await;
            assert_eq!(error.kind, Kind::Unauthenticated);
        }
        assert_eq!(wrong(&lab.engine, "mona", Some("192.0.2.7")).await.kind, Kind::TooMany);
        lab.engine.sign_in("mona", PASSWORD, Some([192, 0, 2, 8].into()), None).await.unwrap();
    }

    async fn an_old_hash_is_renewed_at_the_next_sign_in(lab) {
        lab.user("mona", Role::User).await;
        // "correct horse battery" with 8 MiB and one pass.
        use argon2::PasswordHasher as _;
        let params = argon2::Params::new(8_192, 1, 1, None).unwrap();
        let weak = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
            .hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16])
            .unwrap()
            .to_string();
        lab.sql(&format!("UPDATE app_user SET password_hash = '{weak}'")).await;
        lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        let stored = lab.texts("SELECT password_hash FROM app_user").await;
        assert!(stored[0].starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored:?}");
        lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
    }

    async fn a_session_slides_with_use_but_not_for_ever(lab) {
        lab.user("mona", Role::User).await;
        let idle = lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        let used = lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        for _ in 0..9 {
            lab.advance(10 * DAY - 1);
            let alive = lab.engine.authenticate_session(&used.secret).await;
            assert!(alive.is_ok());
        }
        assert_eq!(kind(lab.engine.authenticate_session(&idle.secret).await), Kind::Unauthenticated);
        // Ninety days after signing in, however lately it was used.
        lab.advance(9);
        assert_eq!(kind(lab.engine.authenticate_session(&used.secret).await), Kind::Unauthenticated);
    }

    async fn an_unused_session_ends_after_fourteen_days(lab) {
        lab.user("mona", Role::User).await;
        let session = lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        assert_eq!(session.session.expires_at, lab.now() + (14 * 24).hours());
        lab.advance(14 * DAY - 1);
        let later = lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        lab.advance(1);
        assert_eq!(kind(lab.engine.authenticate_session(&session.secret).await), Kind::Unauthenticated);
        lab.engine.authenticate_session(&later.secret).await.unwrap();
    }

    async fn sessions_are_ended_at_once_and_only_by_their_user(lab) {
        let mona = lab.caller("mona", Role::User).await;
        let omar = lab.caller("omar", Role::User).await;
        let other = lab.engine.sign_in("mona", PASSWORD, None, Some("tablet")).await.unwrap();
        lab.engine.authenticate_session(&other.secret).await.unwrap();
        assert_eq!(mona.sessions().await.unwrap().len(), 2);
        assert_eq!(omar.sessions().await.unwrap().len(), 1);
        assert_eq!(kind(omar.end_session(other.session.id).await), Kind::NotFound);
        lab.engine.authenticate_session(&other.secret).await.unwrap();
        mona.end_session(other.session.id).await.unwrap();
        assert_eq!(kind(lab.engine.authenticate_session(&other.secret).await), Kind::Unauthenticated);
        assert_eq!(kind(mona.end_session(other.session.id).await), Kind::NotFound);
        mona.sign_out().await.unwrap();
        mona.sign_out().await.unwrap();
        assert_eq!(kind(lab.engine.authenticate_again(mona.actor()).await), Kind::Unauthenticated);
        assert_eq!(mona.sessions().await.unwrap().len(), 0);
        assert_eq!(kind(lab.system().sign_out().await), Kind::Conflict);
    }

    async fn a_new_password_ends_the_other_sessions(lab) {
        let mona = lab.caller("mona", Role::Viewer).await;
        let other = lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        lab.engine.authenticate_session(&other.secret).await.unwrap();
        let error = mona.change_password("wrong", "another horse").await.unwrap_err();
        assert_eq!(error.fields[0].pointer, "/currentPassword");
        let error = mona.change_password(PASSWORD, "mona").await.unwrap_err();
        assert_eq!(error.fields[0].pointer, "/newPassword");
        mona.change_password(PASSWORD, "another horse").await.unwrap();
        assert_eq!(kind(lab.engine.authenticate_session(&other.secret).await), Kind::Unauthenticated);
        lab.engine.authenticate_again(mona.actor()).await.unwrap();
        assert_eq!(kind(lab.engine.sign_in("mona", PASSWORD, None, None).await), Kind::Unauthenticated);
        lab.engine.sign_in("mona", "another horse", None, None).await.unwrap();
    }

    async fn a_stolen_session_cannot_guess_the_password(lab) {
        let mona = lab.caller("mona", Role::User).await;
        for _ in 0..5 {
            assert_eq!(kind(mona.change_password("wrong", "another horse").await), Kind::Invalid);
        }
        assert_eq!(kind(mona.change_password(PASSWORD, "another horse").await), Kind::TooMany);
    }

    async fn an_administrator_sets_a_password_and_all_sessions_end(lab) {
        let admin = lab.caller("admin", Role::Admin).await;
        let mona = lab.caller("mona", Role::User).await;
        assert_eq!(kind(mona.set_password(admin.actor().user_id, "another horse").await), Kind::Forbidden);
        assert_eq!(kind(admin.set_password(admin.actor().user_id, "another horse").await), Kind::Conflict);
        assert_eq!(kind(admin.set_password(99, "another horse").await), Kind::NotFound);
        assert_eq!(kind(admin.set_password(mona.actor().user_id, "Mona").await), Kind::Invalid);
        admin.set_password(mona.actor().user_id, "another horse").await.unwrap();
        assert_eq!(kind(lab.engine.authenticate_again(mona.actor()).await), Kind::Unauthenticated);
        lab.engine.sign_in("mona", "another horse", None, None).await.unwrap();
    }

    async fn a_token_works_until_it_expires_or_is_revoked(lab) {
        let mona = lab.caller("mona", Role::User).await;
        let ends = lab.now() + 1.hour();
        let (short, short_secret) = mona
            .create_token(NewToken { expires_at: Some(ends), ..new_token(Scope::Run) })
            .await
            .unwrap();
        let (long, long_secret) = mona.create_token(new_token(Scope::Full)).await.unwrap();
        assert!(short_secret.starts_with(&short.hint));
        let actor = lab.engine.authenticate_token(&short_secret).await.unwrap();
        assert_eq!((actor.scope, actor.via), (Scope::Run, format!("token:{}", short.id)));

        lab.advance(3_599);
        lab.engine.authenticate_token(&short_secret).await.unwrap();
        lab.advance(1);
        assert_eq!(kind(lab.engine.authenticate_token(&short_secret).await), Kind::Unauthenticated);

        lab.engine.authenticate_token(&long_secret).await.unwrap();
        let revoked = mona.revoke_token(long.id).await.unwrap();
        assert_eq!(revoked.revoked_at, Some(lab.now()));
        assert_eq!(kind(lab.engine.authenticate_token(&long_secret).await), Kind::Unauthenticated);
        lab.advance(60);
        assert_eq!(mona.revoke_token(long.id).await.unwrap().revoked_at, revoked.revoked_at);
        for bad in ["", "orl_", "Bearer", &long_secret[..46], &long_secret.replace("orl_", "ors_")] {
            assert_eq!(kind(lab.engine.authenticate_token(bad).await), Kind::Unauthenticated);
            assert_eq!(kind(lab.engine.authenticate_session(bad).await), Kind::Unauthenticated);
        }
    }

    async fn the_use_of_a_token_is_noted_to_the_minute(lab) {
        let mona = lab.caller("mona", Role::User).await;
        let (token, secret) = mona.create_token(new_token(Scope::Read)).await.unwrap();
        let used_at = async || mona.tokens(None).await.unwrap()[0].used_at;
        assert_eq!(used_at().await, None);
        let first = lab.now();
        lab.engine.authenticate_token(&secret).await.unwrap();
        assert_eq!(used_at().await, Some(first));
        lab.advance(59);
        lab.engine.authenticate_token(&secret).await.unwrap();
        assert_eq!(used_at().await, Some(first));
        // By now the memory of the secret has run out and the minute has passed.
        lab.advance(3);
        lab.engine.authenticate_token(&secret).await.unwrap();
        assert_eq!(used_at().await, Some(first + 62.seconds()));
        assert_eq!(token.used_at, None);
    }

    async fn a_scope_restricts_what_a_token_may_do(lab) {
        let admin = lab.caller("admin", Role::Admin).await;
        for scope in [Scope::Read, Scope::Run] {
            let (token, secret) = admin.create_token(new_token(scope)).await.unwrap();
            let caller = lab.engine.caller(lab.engine.authenticate_token(&secret).await.unwrap());
            caller.account().await.unwrap();
            caller.tokens(None).await.unwrap();
            caller.audit_events(AuditFilter::default(), ALL).await.unwrap();
            assert_eq!(kind(caller.create_token(new_token(Scope::Full)).await), Kind::Forbidden);
            assert_eq!(kind(caller.revoke_token(token.id).await), Kind::Forbidden);
            assert_eq!(kind(caller.update_account(AccountPatch::default()).await), Kind::Forbidden);
            assert_eq!(kind(caller.change_password(PASSWORD, "another horse").await), Kind::Forbidden);
            assert_eq!(kind(caller.end_session(1).await), Kind::Forbidden);
            assert_eq!(kind(caller.users(UserFilter::default(), ALL).await), Kind::Forbidden);
            assert_eq!(kind(caller.create_user(new_user("eve", Role::Admin)).await), Kind::Forbidden);
            assert_eq!(kind(caller.verify_audit_chain().await), Kind::Forbidden);
        }
    }

    async fn a_token_that_ends_makes_none_that_outlives_it(lab) {
        let mona = lab.caller("mona", Role::User).await;
        let ends = lab.now() + 1.hour();
        let until = |expires_at| NewToken { expires_at, ..new_token(Scope::Full) };
        let (_, secret) = mona.create_token(until(Some(ends))).await.unwrap();
        let program = lab.engine.caller(lab.engine.authenticate_token(&secret).await.unwrap());
        assert_eq!(kind(program.create_token(until(None)).await), Kind::Invalid);
        assert_eq!(kind(program.create_token(until(Some(ends + 1.second()))).await), Kind::Invalid);
        program.create_token(until(Some(ends))).await.unwrap();
        assert_eq!(kind(mona.create_token(until(Some(lab.now()))).await), Kind::Invalid);
    }

    async fn the_number_of_tokens_is_bounded(lab) {
        let mona = lab.caller("mona", Role::User).await;
        for _ in 0..200 {
            mona.create_token(new_token(Scope::Read)).await.unwrap();
        }
        assert_eq!(kind(mona.create_token(new_token(Scope::Read)).await), Kind::Conflict);
        let newest = mona.tokens(None).await.unwrap()[0].id;
        mona.revoke_token(newest).await.unwrap();
        mona.create_token(new_token(Scope::Read)).await.unwrap();
    }

    async fn disabling_a_user_stops_everything_of_theirs_at_once(lab) {
        let admin = lab.caller("admin", Role::Admin).await;
        let mona = lab.caller("mona", Role::User).await;
        let session = lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        let (_, secret) = mona.create_token(new_token(Scope::Full)).await.unwrap();
        lab.engine.authenticate_session(&session.secret).await.unwrap();
        lab.engine.authenticate_token(&secret).await.unwrap();

        let id = mona.actor().user_id;
        let disabled = |yes| UserPatch { is_disabled: Some(yes), ..UserPatch::default() };
        admin.update_user(id, disabled(true)).await.unwrap();
        assert_eq!(kind(lab.engine.authenticate_session(&session.secret).await), Kind::Unauthenticated);
        assert_eq!(kind(lab.engine.authenticate_token(&secret).await), Kind::Unauthenticated);
        assert_eq!(kind(lab.engine.sign_in("mona", PASSWORD, None, None).await), Kind::Unauthenticated);
        let other = NewToken { user_id: Some(id), ..new_token(Scope::Read) };
        assert_eq!(kind(admin.create_token(other).await), Kind::Conflict);

        admin.update_user(id, disabled(false)).await.unwrap();
        assert_eq!(kind(lab.engine.authenticate_session(&session.secret).await), Kind::Unauthenticated);
        lab.engine.authenticate_token(&secret).await.unwrap();
    }

    async fn a_role_counts_at_once_for_who_is_signed_in(lab) {
        let admin = lab.caller("admin", Role::Admin).await;
        lab.user("mona", Role::User).await;
        let session = lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        let before = lab.engine.authenticate_session(&session.secret).await.unwrap();
        let patch = UserPatch {
            role: Some(Role::Viewer),
            grants: Some(vec!["script".to_owned()]),
            ..UserPatch::default()
        };
        admin.update_user(before.user_id, patch).await.unwrap();
        let after = lab.engine.authenticate_session(&session.secret).await.unwrap();
        assert_eq!((before.role, after.role), (Role::User, Role::Viewer));
        assert_eq!(after.grants, ["script"]);
        assert_eq!(lab.engine.authenticate_again(&before).await.unwrap(), after);
    }

    async fn an_enabled_administrator_always_remains(lab) {
        let first = lab.caller("first", Role::Admin).await;
        let own = first.actor().user_id;
        let demoted = UserPatch { role: Some(Role::User), ..UserPatch::default() };
        let disabled = UserPatch { is_disabled: Some(true), ..UserPatch::default() };
        for patch in [&demoted, &disabled] {
            assert_eq!(kind(first.update_user(own, patch.clone()).await), Kind::Conflict);
        }
        // A disabled administrator does not count.
        let second = lab.user("second", Role::Admin).await;
        first.update_user(second.id, disabled.clone()).await.unwrap();
        assert_eq!(kind(first.update_user(own, demoted.clone()).await), Kind::Conflict);
        first.update_user(second.id, UserPatch { is_disabled: Some(false), ..UserPatch::default() }).await.unwrap();
        // Two who demote each other at the same time do not both succeed.
        let system = lab.system();
        let (a, b) = tokio::join!(
            system.update_user(own, demoted.clone()),
            system.update_user(second.id, demoted.clone()),
        );
        assert_ne!(a.is_ok(), b.is_ok());
        let admins = UserFilter { role: Some(Role::Admin), ..UserFilter::default() };
        assert_eq!(lab.system().users(admins, ALL).await.unwrap().total, 1);
    }

    async fn users_are_made_found_and_changed_by_administrators(lab) {
        let admin = lab.caller("admin", Role::Admin).await;
        let made = admin
            .create_user(NewUser {
                display_name: Some("منى خليل".to_owned()),
                email: Some("mona@example.org".to_owned()),
                grants: vec!["script".to_owned(), "command".to_owned()],
                ..new_user("Mona", Role::User)
            })
            .await
            .unwrap();
        assert_eq!(made.grants, ["command", "script"]);
        assert_eq!(admin.user(made.id).await.unwrap(), made);
        assert_eq!(admin.user_named(" mona ").await.unwrap(), made);
        for unknown in ["", "monal", "\0"] {
            assert_eq!(kind(admin.user_named(unknown).await), Kind::NotFound);
        }
        assert_eq!(kind(admin.create_user(new_user("mONA", Role::User)).await), Kind::Conflict);
        for bad in [
            new_user("a b", Role::User),
            new_user("system", Role::User),
            NewUser { password: Some("short".to_owned()), ..new_user("x", Role::User) },
            NewUser { email: Some("x".to_owned()), ..new_user("x", Role::User) },
            NewUser { display_name: Some("a\0b".to_owned()), ..new_user("x", Role::User) },
            NewUser { grants: vec!["Rm -rf".to_owned()], ..new_user("x", Role::User) },
        ] {
            assert_eq!(kind(admin.create_user(bad).await), Kind::Invalid);
        }
        let found = async |search: &str| {
            let filter = UserFilter { search: Some(search.to_owned()), ..UserFilter::default() };
            admin.users(filter, ALL).await.unwrap().total
        };
        assert_eq!(found("MON").await, 1);
        assert_eq!(found("خليل").await, 1);
        assert_eq!(found("example.org").await, 1);
        assert_eq!(found("%").await, 0);
        assert_eq!(found("\0").await, 0);
        let page = admin.users(UserFilter::default(), Page { number: 2, size: 1 }).await.unwrap();
        assert_eq!((page.total, page.items[0].name.as_str()), (2, "Mona"));

        let patch = UserPatch { display_name: Some(None), ..UserPatch::default() };
        lab.advance(5);
        let changed = admin.update_user(made.id, patch.clone()).await.unwrap();
        assert_eq!((changed.display_name, changed.updated_at), (None, lab.now()));
        lab.advance(5);
        let unchanged = admin.update_user(made.id, patch).await.unwrap();
        assert_ne!(unchanged.updated_at, lab.now());
        assert_eq!(kind(admin.update_user(99, UserPatch::default()).await), Kind::NotFound);
    }

    async fn nobody_sees_or_touches_what_is_another_users(lab) {
        let admin = lab.caller("admin", Role::Admin).await;
        let mona = lab.caller("mona", Role::User).await;
        let omar = lab.caller("omar", Role::User).await;
        let viewer = lab.caller("vera", Role::Viewer).await;
        let (token, _) = mona.create_token(new_token(Scope::Full)).await.unwrap();
        let mona_id = mona.actor().user_id;
        for outsider in [&omar, &viewer] {
            assert_eq!(kind(outsider.user(mona_id).await), Kind::NotFound);
            assert_eq!(kind(outsider.user_named("mona").await), Kind::NotFound);
            assert_eq!(outsider.user_named(&outsider.actor().name).await.unwrap().id, outsider.actor().user_id);
            assert_eq!(kind(outsider.tokens(Some(mona_id)).await), Kind::NotFound);
            assert_eq!(kind(outsider.revoke_token(token.id).await), Kind::NotFound);
            let other = NewToken { user_id: Some(mona_id), ..new_token(Scope::Read) };
            assert_eq!(kind(outsider.create_token(other).await), Kind::NotFound);
            assert_eq!(kind(outsider.users(UserFilter::default(), ALL).await), Kind::Forbidden);
            assert_eq!(kind(outsider.update_user(mona_id, UserPatch::default()).await), Kind::Forbidden);
            assert_eq!(kind(outsider.verify_audit_chain().await), Kind::Forbidden);
            assert_eq!(outsider.tokens(None).await.unwrap(), []);
            assert_eq!(outsider.user(outsider.actor().user_id).await.unwrap().name, outsider.actor().name);
            let events = outsider.audit_events(AuditFilter::default(), ALL).await.unwrap().items;
            let own = Some(outsider.actor().user_id);
            assert!(!events.is_empty());
            assert!(events.iter().all(|e| e.owner_id == own || Some(e.actor_id) == own));
        }
        // A viewer may hold a token of their own, and it is no stronger than they are.
        let (_, secret) = viewer.create_token(new_token(Scope::Full)).await.unwrap();
        assert_eq!(lab.engine.authenticate_token(&secret).await.unwrap().role, Role::Viewer);
        // An administrator sees every token, makes one for somebody, and revokes it.
        assert_eq!(admin.tokens(None).await.unwrap().len(), 2);
        let other = NewToken { user_id: Some(mona_id), ..new_token(Scope::Read) };
        let (made, secret) = admin.create_token(other).await.unwrap();
        assert_eq!(lab.engine.authenticate_token(&secret).await.unwrap().user_id, mona_id);
        admin.revoke_token(made.id).await.unwrap();
        admin.revoke_token(token.id).await.unwrap();
        assert_eq!(mona.tokens(None).await.unwrap().len(), 2);
    }

    async fn everybody_keeps_their_own_account(lab) {
        let vera = lab.caller("vera", Role::Viewer).await;
        let patch = AccountPatch {
            display_name: Some(Some(" Vera ".to_owned())),
            email: Some(Some("vera@example.org".to_owned())),
            preferences: Some(json!({"language": "ar", "odd": "\0"})),
        };
        vera.update_account(patch).await.unwrap();
        let account = vera.account().await.unwrap();
        assert_eq!(account.user.display_name.as_deref(), Some("Vera"));
        assert_eq!(account.user.preferences, json!({"language": "ar", "odd": "\0"}));
        assert_eq!(account.via, vera.actor().via);
        for bad in [json!([]), json!("x"), json!({"x": "y".repeat(20_000)})] {
            let patch = AccountPatch { preferences: Some(bad), ..AccountPatch::default() };
            assert_eq!(kind(vera.update_account(patch).await), Kind::Invalid);
        }
        assert_eq!(kind(lab.system().account().await), Kind::NotFound);
    }

    async fn every_change_and_refusal_is_recorded_without_secrets(lab) {
        let setup = lab.engine.issue_setup_token().await.unwrap();
        let (_, session) = lab.engine.setup(&setup, "admin", PASSWORD).await.unwrap();
        let admin = lab.engine.caller(lab.engine.authenticate_session(&session.secret).await.unwrap());
        wrong(&lab.engine, "admin", Some("192.0.2.7")).await;
        wrong(&lab.engine, "typed-my-password-here", None).await;
        let mona = admin.create_user(new_user("mona", Role::User)).await.unwrap();
        let (token, secret) = admin.create_token(new_token(Scope::Full)).await.unwrap();
        admin.revoke_token(token.id).await.unwrap();
        admin.set_password(mona.id, "another horse").await.unwrap();
        admin.change_password(PASSWORD, "another horse").await.unwrap();
        admin.update_user(mona.id, UserPatch { role: Some(Role::Viewer), ..UserPatch::default() }).await.unwrap();
        admin.update_user(mona.id, UserPatch { is_disabled: Some(true), ..UserPatch::default() }).await.unwrap();
        admin.update_account(AccountPatch { email: Some(Some("a@example.org".to_owned())), ..AccountPatch::default() }).await.unwrap();
        lab.engine
            .record_refusal(Refusal {
                actor: Some(admin.actor().clone()),
                wanted: "GET /api/v1/users\0".to_owned(),
                reason: "administrators only".to_owned(),
                address: None,
            })
            .await;
        admin.sign_out().await.unwrap();
        assert_eq!(
            actions(lab).await,
            [
                "user.created", "login.succeeded", "login.failed", "login.failed", "user.created",
                "token.created", "token.revoked", "user.password_set", "account.password_changed",
                "user.changed", "user.disabled", "account.changed", "access.denied", "session.ended",
            ]
        );
        assert_eq!(lab.system().verify_audit_chain().await.unwrap(), 14);

        let events = lab.system().audit_events(AuditFilter::default(), ALL).await.unwrap().items;
        let text = format!("{events:?}");
        for secret in [PASSWORD, "another horse", "not the password", "typed-my", &setup, &session.secret, &secret] {
            assert!(!text.contains(secret), "{secret}");
        }
        let failed = events.iter().rev().find(|e| e.action == "login.failed").unwrap();
        assert_eq!((failed.actor.as_str(), failed.via.as_str()), ("anonymous", "address:192.0.2.7"));
        assert_eq!(failed.owner_id, Some(1));
        let changed = events.iter().find(|e| e.action == "user.changed").unwrap();
        assert_eq!(changed.details, json!({"role": ["user", "viewer"]}));
        assert_eq!((changed.actor.as_str(), changed.via.as_str()), ("admin", "session:1"));
    }

    async fn no_secret_is_stored_in_clear(lab) {
        let mona = lab.caller("mona", Role::User).await;
        let session = lab.engine.sign_in("mona", PASSWORD, None, None).await.unwrap();
        let (_, token) = mona.create_token(new_token(Scope::Full)).await.unwrap();
        for table in ["app_user", "session", "token", "audit_event", "setup"] {
            let query = if lab.is_postgres() {
                format!("SELECT CAST(t AS TEXT) FROM {table} t")
            } else {
                let columns = lab
                    .texts(&format!("SELECT GROUP_CONCAT(name, ', ') FROM pragma_table_info('{table}')"))
                    .await
                    .remove(0);
                format!("SELECT CAST(JSON_ARRAY({columns}) AS TEXT) FROM {table}")
            };
            for row in lab.texts(&query).await {
                for secret in [PASSWORD, &session.secret, &session.secret[8..], &token, &token[8..]] {
                    assert!(!row.contains(secret), "{table}: {row}");
                }
            }
        }
    }

    async fn the_audit_trail_is_filtered_and_paged(lab) {
        let admin = lab.caller("admin", Role::Admin).await;
        let begun = lab.now();
        lab.advance(10);
        for index in 0..5 {
            admin.create_user(new_user(&format!("user{index}"), Role::User)).await.unwrap();
        }
        let (token, _) = admin.create_token(new_token(Scope::Read)).await.unwrap();
        let total = async |filter: AuditFilter| admin.audit_events(filter, ALL).await.unwrap().total;
        let by_action = |action: &str| AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
        assert_eq!(total(by_action("user.created")).await, 6);
        assert_eq!(total(by_action("user.")).await, 6);
        assert_eq!(total(by_action("user")).await, 0);
        assert_eq!(total(by_action("%.")).await, 0);
        assert_eq!(total(by_action("\0")).await, 0);
        assert_eq!(total(AuditFilter { entity: Some("token".to_owned()), entity_id: Some(token.id), ..AuditFilter::default() }).await, 1);
        assert_eq!(total(AuditFilter { actor_id: Some(0), ..AuditFilter::default() }).await, 1);
        assert_eq!(total(AuditFilter { from: Some(lab.now()), ..AuditFilter::default() }).await, 6);
        assert_eq!(total(AuditFilter { to: Some(lab.now()), from: Some(begun), ..AuditFilter::default() }).await, 2);
        let page = admin.audit_events(AuditFilter::default(), Page { number: 2, size: 3 }).await.unwrap();
        assert_eq!((page.total, page.items.iter().map(|e| e.id).collect::<Vec<_>>()), (8, vec![5, 4, 3]));
    }

    async fn tampering_with_the_audit_trail_is_found(lab) {
        for index in 0..6 {
            lab.system().create_user(NewUser { password: None, ..new_user(&format!("user{index}"), Role::User) }).await.unwrap();
        }
        assert_eq!(lab.system().verify_audit_chain().await.unwrap(), 6);
        let tampered = async |harm: &str, at: i64| {
            lab.sql("CREATE TABLE kept AS SELECT * FROM audit_event").await;
            lab.sql("CREATE TABLE kept_head AS SELECT * FROM audit_head").await;
            lab.sql(harm).await;
            let error = lab.system().verify_audit_chain().await.unwrap_err();
            assert_eq!(error.kind, Kind::Conflict);
            assert!(error.message.contains(&format!("event {at} ")), "{harm}: {error}");
            lab.sql("DELETE FROM audit_event").await;
            lab.sql("INSERT INTO audit_event SELECT * FROM kept").await;
            lab.sql("DELETE FROM audit_head").await;
            lab.sql("INSERT INTO audit_head SELECT * FROM kept_head").await;
            lab.sql("DROP TABLE kept").await;
            lab.sql("DROP TABLE kept_head").await;
            lab.system().verify_audit_chain().await.unwrap();
        };
        tampered("UPDATE audit_event SET actor = 'somebody' WHERE id = 3", 3).await;
        tampered("UPDATE audit_event SET details = '{}' WHERE id = 2", 2).await;
        tampered("UPDATE audit_event SET owner_id = NULL WHERE id = 4", 4).await;
        tampered("DELETE FROM audit_event WHERE id = 5", 5).await;
        tampered("DELETE FROM audit_event WHERE id = (SELECT MAX(id) FROM kept)", 11).await;
        tampered("UPDATE audit_event SET at = at + 1 WHERE id = 1", 1).await;
        tampered("UPDATE audit_head SET last_hash = 'x'", 13).await;
        tampered(
            "INSERT INTO audit_event SELECT 0, at, actor_id, actor, via, action, entity, entity_id, entity_name, owner_id, details, hash FROM kept WHERE id = 1",
            0,
        ).await;
    }

    async fn refusals_are_sampled_when_there_are_very_many(lab) {
        let refusal = || Refusal {
            actor: None,
            wanted: "GET /api/v1/users".to_owned(),
            reason: "sign in first".to_owned(),
            address: Some([192, 0, 2, 7].into()),
        };
        for _ in 0..130 {
            lab.engine.record_refusal(refusal()).await;
        }
        assert_eq!(actions(lab).await.len(), 100);
        lab.advance(60);
        lab.engine.record_refusal(refusal()).await;
        let last = lab.system().audit_events(AuditFilter::default(), Page { number: 1, size: 1 }).await.unwrap();
        assert_eq!(last.items[0].details["notRecordedBefore"], 30);
        assert_eq!(last.items[0].owner_id, None);
    }

    async fn many_changes_at_once_keep_numbers_and_chain_whole(lab) {
        let mona = lab.caller("mona", Role::User).await;
        let made = futures_util::future::join_all((0..60).map(|_| mona.create_token(new_token(Scope::Read)))).await;
        let mut ids: Vec<i64> = made.into_iter().map(|made| made.unwrap().0.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, (1..=60).collect::<Vec<_>>());
        assert_eq!(lab.system().verify_audit_chain().await.unwrap(), 62);
    }

    async fn events_of_many_at_once_are_all_recorded_in_one_chain(lab) {
        let refusal = || Refusal {
            actor: None,
            wanted: "GET /api/v1/users".to_owned(),
            reason: "sign in first".to_owned(),
            address: None,
        };
        futures_util::future::join_all((0..60).map(|_| lab.engine.record_refusal(refusal()))).await;
        assert_eq!(lab.system().verify_audit_chain().await.unwrap(), 60);
    }

    async fn another_instance_learns_of_a_revocation_within_five_seconds(lab) {
        if !lab.is_postgres() {
            // SQLite serves one process.
            return;
        }
        let there = lab.another_instance().await;
        let mona = lab.caller("mona", Role::User).await;
        let (token, secret) = mona.create_token(new_token(Scope::Full)).await.unwrap();
        there.authenticate_token(&secret).await.unwrap();
        mona.revoke_token(token.id).await.unwrap();
        assert_eq!(kind(lab.engine.authenticate_token(&secret).await), Kind::Unauthenticated);
        lab.advance(5);
        assert_eq!(kind(there.authenticate_token(&secret).await), Kind::Unauthenticated);
    }

    async fn the_system_has_no_tokens_of_its_own(lab) {
        assert_eq!(kind(lab.system().create_token(new_token(Scope::Full)).await), Kind::NotFound);
        let user = lab.user("mona", Role::User).await;
        let other = NewToken { user_id: Some(user.id), ..new_token(Scope::Full) };
        lab.system().create_token(other).await.unwrap();
        let labels = ["", " ", "a\nb"];
        for label in labels {
            let bad = NewToken { user_id: Some(user.id), label: label.to_owned(), ..new_token(Scope::Full) };
            assert_eq!(kind(lab.system().create_token(bad).await), Kind::Invalid);
        }
        let again = lab.engine.authenticate_again(&Actor::system()).await.unwrap();
        assert_eq!(again, Actor::system());
        let forged = Actor { via: "token:1; DROP".to_owned(), ..Actor::system() };
        assert_eq!(kind(lab.engine.authenticate_again(&forged).await), Kind::Unauthenticated);
    }
}
