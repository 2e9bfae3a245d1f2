//! Agents as the engine sees them: connected, and obedient.

use jiff::Timestamp;
use orloj_engine::model::{
    Actor, AgentHello, DeviceMail, DeviceSaid, NewEnrollment, OrderOutcome, Role, UserPatch,
};
use orloj_engine::{Admitted, Caller};
use serde_json::{Value, json};

use crate::app::TestApp;

/// Lets a user command devices; answers them as the engine knows them.
pub async fn commander(app: &TestApp, user_id: i64) -> Caller {
    let patch = UserPatch {
        grants: Some(vec!["command".to_owned()]),
        ..UserPatch::default()
    };
    let system = app.engine.caller(Actor::system());
    let user = system.update_user(user_id, patch).await.unwrap();
    app.engine.caller(Actor {
        user_id,
        name: user.name,
        role: Role::User,
        grants: user.grants,
        ..Actor::system()
    })
}

/// Enrols a device of this user's and connects its agent.
pub async fn enrol(owner: &Caller, name: &str) -> Admitted {
    let token = owner
        .create_enrollment(NewEnrollment::default())
        .await
        .unwrap()
        .token;
    let hello = AgentHello {
        version: "1".to_owned(),
        facts: json!({ "hostname": name, "os": "linux" }),
        address: None,
    };
    let admitted = owner
        .engine()
        .enroll_device(&format!("key of {name}"), &token, hello)
        .await
        .unwrap()
        .unwrap();
    admitted.session.say(DeviceSaid::Linked).await.unwrap();
    admitted
}

/// Does the next order of a device, with this code.
pub async fn obey(device: &mut Admitted, at: Timestamp, code: i64) -> Value {
    loop {
        let mail = tokio::time::timeout(std::time::Duration::from_secs(10), device.mail.recv())
            .await
            .unwrap()
            .unwrap();
        let DeviceMail::Order(order) = mail else {
            continue;
        };
        let fence = order.fence;
        for said in [
            DeviceSaid::Accepted { fence },
            DeviceSaid::Started { fence, at },
            DeviceSaid::Ended {
                fence,
                at,
                outcome: if code == 0 {
                    OrderOutcome::Success
                } else {
                    OrderOutcome::Failed
                },
                reason: (code != 0).then(|| format!("exit code {code}")),
                exit_code: Some(code),
                steps: json!([]),
            },
        ] {
            device.session.say(said).await.unwrap();
        }
        return order.steps;
    }
}
