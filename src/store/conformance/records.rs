//! Records come back as they went in.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::num::NonZeroU16;

use super::Fixture;
use super::material::{Chain, Draft, command, command_key, fingerprint, long, parsed, time, user};
use super::trial::Trial;
use crate::caller::Actor;
use crate::id::{AccountId, LinkId, TokenId};
use crate::personal::{Commitment, Part, Salt};
use crate::record::{CommandId, Log, Outcome, Record, Source};
use crate::resource::{Resource, ResourceId, Service};
use crate::store::Commit;
use crate::time::Timestamp;

pub(super) fn bodies_come_back_byte_for_byte<F: Fixture>(trial: Trial<'_, F>) {
    come_back_as_bodies(
        &trial,
        &[
            "{}",
            " { } ",
            "\n{\r\n\t\"b\" : 1 ,\n\"a\":2}\n\n",
            r#"{"z":1,"a":2,"m":3}"#,
            r#"{"twice":1,"twice":2}"#,
            r#"{"n":[1,1.0,1.00,1e2,1E+2,-0,-0.0,0.1,1e-7]}"#,
            r#"{"n":[9007199254740993,18446744073709551616,0.1000000000000000055511151231257827]}"#,
            r#"{"s":"\u00e9 \/ \" \\ \b\f\n\r\t"}"#,
            r#"{"s":"\u0000"}"#,
            r#"{"s":"\uD83D\uDE00 \ud83d\ude00 \ud800"}"#,
            r#"{"":{"":{"":[[],[[]],{}]}}}"#,
            "null",
            "[]",
            "\"text\"",
        ],
    );
}

pub(super) fn unicode_comes_back_byte_for_byte<F: Fixture>(trial: Trial<'_, F>) {
    come_back_as_bodies(&trial, &UNICODE.map(quoted));
}

pub(super) fn hostile_text_comes_back_byte_for_byte<F: Fixture>(trial: Trial<'_, F>) {
    come_back_as_bodies(&trial, &HOSTILE.map(quoted));
}

pub(super) fn a_large_body_comes_back<F: Fixture>(trial: Trial<'_, F>) {
    // Some that a compression shrinks to nothing, and some that end within a character.
    let plain = quoted(&long("a", 100 << 10));
    let mixed = quoted(&long("aé€😀", 100 << 10));
    let small = quoted("small");
    come_back_as_bodies(&trial, &[plain, mixed, small]);
}

pub(super) fn the_envelope_comes_back<F: Fixture>(trial: Trial<'_, F>) {
    let chain = Chain::of(1);
    let (moment, account) = (time(1), AccountId::from_parts(time(1), [7; 10]));
    let plain = chain.record();
    let commitment = |field: &str| Commitment::new(field, SALT, "text");
    let source = Source::new(parsed("console"));
    let with_address = Source {
        address: Some(commitment("source.address")),
        ..source.clone()
    };
    let with_agent = Source {
        agent: Some(commitment("source.agent")),
        ..source.clone()
    };
    let with_both = Source {
        address: with_address.address,
        ..with_agent.clone()
    };
    let in_source = [source, with_address, with_agent, with_both].map(|source| Record {
        source: Some(source),
        ..plain.clone()
    });
    let resources = [
        Resource::Organization(chain.organization),
        Resource::Account(account),
        Resource::User(user(1)),
        named(account, "sig-1", "elastigroup"),
    ];
    let on_resource = resources.map(|resource| Record {
        account: resource.account(),
        resource: Some(resource),
        ..plain.clone()
    });
    let on_behalf = Record {
        on_behalf_of: Some(Actor::User {
            organization: Chain::of(2).organization,
            user: user(2),
        }),
        link: Some(LinkId::from_parts(moment, [8; 10])),
        ..plain.clone()
    };
    let mut records = vec![plain, on_behalf];
    records.extend(in_source);
    records.extend(on_resource);
    come_back(&trial, chain, records);
}

pub(super) fn callers_and_outcomes_come_back<F: Fixture>(trial: Trial<'_, F>) {
    let chain = Chain::activity(1);
    let organization = chain.organization;
    let token = TokenId::from_parts(time(1), [9; 10]);
    let callers = [
        Actor::Person {
            proven: Commitment::new(Actor::FIELD, SALT, "ada@example.com"),
        },
        Actor::System {
            reason: parsed("nightly-purge_2.0"),
        },
        Actor::Token {
            organization,
            user: user(1),
            token,
        },
        Actor::User {
            organization,
            user: user(2),
        },
    ];
    let outcomes = [
        Outcome::Denied,
        Outcome::Failed(parsed("name_taken")),
        Outcome::Success,
    ];
    let mut records = Vec::new();
    for caller in &callers {
        records.extend(outcomes.iter().map(|outcome| Record {
            caller: caller.clone(),
            on_behalf_of: Some(caller.clone()),
            outcome: outcome.clone(),
            ..chain.record()
        }));
    }
    come_back(&trial, chain, records);
}

pub(super) fn the_bounds_of_an_envelope_come_back<F: Fixture>(trial: Trial<'_, F>) {
    let chain = Chain::activity(1);
    let account = AccountId::from_parts(Timestamp::MAX, [0xFF; 10]);
    let least = Record {
        time: Timestamp::UNIX_EPOCH,
        caller: Actor::System {
            reason: parsed("a"),
        },
        kind: Cow::Borrowed("a"),
        body: "0".into(),
        ..chain.record()
    };
    let greatest = Record {
        time: Timestamp::MAX,
        caller: Actor::System {
            reason: parsed(&long("reason-", 64)),
        },
        kind: Cow::Owned(long("kind.", Record::KIND_LEN_MAX)),
        schema: NonZeroU16::MAX,
        resource: Some(named(
            account,
            &long("id/%'~", ResourceId::LEN_MAX),
            &long("service_", Service::LEN_MAX),
        )),
        account: Some(account),
        outcome: Outcome::Failed(parsed(&long("code_", 64))),
        source: Some(Source::new(parsed(&long("channel-", 32)))),
        ..chain.record()
    };
    come_back(&trial, chain, vec![least, greatest]);

    // The record carries its command's id, so that has bounds of its own.
    let mut other = Chain::of(2);
    for id in ["!", &long("~'%\\\"", CommandId::LEN_MAX)] {
        let commit = Commit::new(command_key(id), fingerprint(id));
        let first = trial.done(&commit.append(&mut other, 1));
        trial.equal("the number of spans", &first.spans.len(), &1);
        let found = trial.records(&other, 1).pop().map(|record| record.command);
        trial.equal("the command id", &found, &Some(parsed(id)));
    }
}

pub(super) fn personal_parts_come_back<F: Fixture>(trial: Trial<'_, F>) {
    let chain = Chain::of(1);
    let part = |(number, text): (u8, &str)| {
        let field = format!("field.{number}");
        Part::new(
            Cow::Owned(field),
            Salt::from_bytes([number; 16]),
            text.into(),
        )
    };
    let texts = UNICODE.iter().chain(&HOSTILE).copied();
    let many: Vec<Part> = (0..).zip(texts).map(part).collect();
    let mut reversed = many.clone();
    reversed.reverse();
    let envelope = ["caller", "on_behalf_of", "source.address", "source.agent"];
    let envelope = envelope.map(|field| Part::new(Cow::Borrowed(field), SALT, "text".into()));
    let edges = ["", " ", " around ", "line\r\nline\n", "\u{feff}"];
    let edges = (100..).zip(edges).map(part).collect();
    let large = vec![part((0, &long("personal ", 10 << 10)))];
    let parts = [many, reversed, envelope.to_vec(), edges, large, Vec::new()];
    let with = |personal| Record {
        personal,
        ..chain.record()
    };
    come_back(&trial, chain, parts.map(with).into());
}

/// Writes the records into a log, one commit for all and then one for each, and reads them.
fn come_back<F: Fixture>(trial: &Trial<'_, F>, chain: Chain, records: Vec<Record>) {
    let mut together = chain;
    let commit = command("together").write(&mut together, records.clone());
    trial.done(&commit);
    trial.holds(&[&together], &[&commit]);

    let log = match chain.log {
        Log::Administration => Log::Activity,
        Log::Activity => Log::Administration,
    };
    let mut apart = Chain { log, ..chain };
    let mut commits = Vec::new();
    for (number, record) in records.into_iter().enumerate() {
        let record = Record { log, ..record };
        let commit = command(&format!("apart-{number}")).write(&mut apart, vec![record]);
        trial.done(&commit);
        commits.push(commit);
    }
    trial.holds(&[&apart], &commits.iter().collect::<Vec<_>>());
    let all: Vec<_> = [&commit].into_iter().chain(&commits).collect();
    let expected: Vec<_> = super::trial::written(&all).collect();
    let (found, _) = trial.follow(crate::store::Position::START, 7, expected.len());
    trial.same(&found, &expected);
}

fn come_back_as_bodies<F: Fixture>(trial: &Trial<'_, F>, bodies: &[impl AsRef<str>]) {
    let chain = Chain::of(1);
    let with = |body: &_| Record {
        body: AsRef::<str>::as_ref(body).into(),
        ..chain.record()
    };
    come_back(trial, chain, bodies.iter().map(with).collect());
}

fn named(account: AccountId, id: &str, service: &str) -> Resource {
    Resource::Named(account, parsed(service), parsed(id))
}

/// Returns the text as a body; what JSON demands to be escaped is, and no more.
fn quoted(text: &str) -> String {
    let text = text
        .replace('\\', r"\\")
        .replace('"', r#"\""#)
        .replace('\n', r"\n")
        .replace('\r', r"\r")
        .replace('\t', r"\t");
    format!(r#"{{"text":"{text}"}}"#)
}

const SALT: Salt = Salt::from_bytes([0xC3; 16]);

/// Scripts, forms that are equal only when normalized, and what editors and terminals trip over.
pub(super) const UNICODE: [&str; 14] = [
    "Zürich, Zu\u{308}rich",
    "Å Å A\u{30a}",
    "ﬁ ﬃ ß ẞ ſ",
    "İstanbul ıI",
    "ελληνικά ς σ Σ",
    "日本語 ｆｕｌｌ ｶﾅ",
    "한국어 한국어",
    "العربية \u{202b}rtl\u{202c} עברית",
    "👩\u{200d}👩\u{200d}👧 🇨🇭 ❤\u{fe0f}",
    "\u{feff}bom \u{200b} \u{2060}",
    "line\u{2028}line\u{2029}line\u{85}line",
    "\u{10ffff} \u{fffd} \u{e000} \u{fffe}",
    "𝒯𝓮𝔫𝕒𝖓𝙘𝚢",
    "\u{7f}\u{80}\u{9f}\u{a0}",
];

/// What means something to somebody: never to a store.
pub(super) const HOSTILE: [&str; 16] = [
    "'; DROP TABLE records; --",
    "\" OR \"1\"=\"1",
    "Robert'); DELETE FROM records WHERE ('1'='1",
    "$1 ?1 :name @name {0} %s %d %n",
    "100% _under_ [a-z]* ^$",
    "back\\slash \\0 \\n \\x00 \\' \\",
    "/* comment */ -- # //",
    "`id` $(id) ${id} && | ; < >",
    "<script>alert(1)</script> &amp; ]]>",
    "../../etc/passwd C:\\NUL",
    "E'\\047' U&'\\0041' x'00' N'text'",
    "$$dollar$$ $tag$quoted$tag$",
    "NULL null None nil undefined NaN",
    "0x1F 1e309 007 true",
    "tab\tline\nreturn\r\nend",
    "' '' ''' \" \"\" \"\"\"",
];
