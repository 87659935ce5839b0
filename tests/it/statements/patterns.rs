//! Which actions and resources patterns mean, and which texts.

use proptest::prelude::*;
use tenancy::Resource;
use tenancy::action::Action;
use tenancy::statement::{ActionPattern, ResourcePattern, TextPattern};

/// Returns whether a text fits a glob, by trying all there is.
fn naive(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((b'*', rest)), None) => naive(rest, text),
        (Some((b'*', rest)), Some((_, behind))) => naive(rest, text) || naive(pattern, behind),
        (Some((a, rest)), Some((b, behind))) => a == b && naive(rest, behind),
        (Some(_), None) => false,
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    naive(pattern.as_bytes(), text.as_bytes())
}

#[test]
fn actions() {
    for (pattern, fit, misfit) in [
        (
            "*",
            &["ocean:roll", "elastigroup:createGroup", "a:b"][..],
            &["oceanroll"][..],
        ),
        ("*:*", &["ocean:roll", "a:b"], &["oceanroll"]),
        (
            "ocean:*",
            &["ocean:roll", "ocean:r"],
            &["oceans:roll", "Ocean:roll", "elastigroup:ocean"],
        ),
        (
            "ocean:roll",
            &["ocean:roll"],
            &["ocean:rollCluster", "ocean:Roll", "cean:roll"],
        ),
        (
            "ocean:roll*",
            &["ocean:roll", "ocean:rollCluster"],
            &["ocean:rol", "ocean:unroll"],
        ),
        (
            "ocean:*Cluster",
            &["ocean:rollCluster", "ocean:Cluster"],
            &["ocean:rollClusters", "emr:rollCluster"],
        ),
        (
            "ocean:r*l*r",
            &["ocean:rollCluster", "ocean:rlr"],
            &["ocean:roll", "ocean:rr"],
        ),
        (
            "*:describe*",
            &["emr:describeAll", "ocean:describe"],
            &["describe:describ", "describe:all"],
        ),
        (
            "e*:*Group",
            &["elastigroup:createGroup", "emr:Group"],
            &["ocean:createGroup", "e:Groups"],
        ),
        (
            "*group:*",
            &["elastigroup:roll", "group:x"],
            &["groups:x", "ocean:group"],
        ),
        ("a**:b", &["a:b", "abc:b"], &["a:bb"]),
        // A star stays in its half.
        ("oc*oll", &[], &["ocean:roll"]),
        ("o*:l", &["ocean:l"], &["ocean:roll:l"]),
    ] {
        let Ok(read) = pattern.parse::<ActionPattern>() else {
            assert_eq!(pattern, "oc*oll", "the only one without a `:`");
            continue;
        };
        let matches = |action: &str| read.matches(&action.parse::<Action>().unwrap());
        for action in fit {
            assert!(matches(action), "{pattern} on {action}");
        }
        for action in misfit {
            let all = pattern == "*";
            assert_eq!(matches(action), all, "{pattern} on {action}");
        }
        assert_eq!(read.is_exact(), !pattern.contains('*'));
        assert_eq!((read.as_str(), &*read.to_string()), (pattern, pattern));
    }
    let exact = ActionPattern::from("ocean:roll".parse::<Action>().unwrap());
    assert!(exact.matches(&"ocean:roll".parse().unwrap()));
    // What is no `service:verb` is no action of a catalog, and its pattern means nothing.
    let odd = ActionPattern::from("ocean".parse::<Action>().unwrap());
    assert!(
        odd.matches(&"ocean:roll".parse().unwrap()) == odd.matches(&"emr:scale".parse().unwrap())
    );
}

const LAB: &str = "acct_01h455vb4pex5vsknk084sn02q";
const VAULT: &str = "acct_01h455vb4pex5vsknk084sn02r";
const ID: &str = "01h455vb4pex5vsknk084sn02q";

#[test]
fn resources() {
    let group = &*format!("{LAB}/elastigroup/sig-2140");
    let other = &*format!("{VAULT}/elastigroup/sig-2140");
    let cluster = &*format!("{LAB}/ocean/o-1:2/3");
    let nouns: Vec<String> = ["user", "group", "policy", "token", "org"]
        .iter()
        .map(|prefix| format!("{prefix}_{ID}"))
        .collect();
    let [user, in_group, policy, token, org] = &nouns[..] else {
        panic!("five nouns")
    };
    let invite = &*format!("invite_{ID}");
    let all = [
        group, other, cluster, LAB, VAULT, user, in_group, policy, token, org, invite,
    ];
    let service = |pattern: &str| pattern.to_owned();
    for (pattern, fit) in [
        (service("*"), &all[..]),
        (service("**"), &all),
        (service("*:*"), &all),
        // What the host has in an account.
        (format!("{LAB}/*"), &[group, cluster]),
        (format!("{LAB}/*/*"), &[group, cluster]),
        (format!("{LAB}/elastigroup/*"), &[group]),
        (format!("{LAB}/elastigroup/sig-2140"), &[group]),
        (format!("{LAB}/elastigroup/sig-*0"), &[group]),
        (format!("{LAB}/el*/sig-2140"), &[group]),
        (format!("{LAB}/ocean/o-1:2/3"), &[cluster]),
        (format!("{LAB}/ocean/o-1:2/*"), &[cluster]),
        (format!("{LAB}/*/sig-214"), &[]),
        (format!("{VAULT}/*"), &[other]),
        (format!("{VAULT}/ocean/*"), &[]),
        // What the host has of a service, in whichever account.
        (service("elastigroup:*"), &[group, other]),
        (service("elastigroup:sig-2140"), &[group, other]),
        (service("elastigroup:sig-21*"), &[group, other]),
        (service("elastigroup:*1*"), &[group, other]),
        (service("elastigroup:sig-21"), &[]),
        (service("Elastigroup:*"), &[]),
        (service("elasti*:*"), &[group, other]),
        (service("ocean:o-*"), &[cluster]),
        (service("ocean:o-1:2/3"), &[cluster]),
        (service("ocean:sig-*"), &[]),
        // Nouns of the organization.
        (service("account:*"), &[LAB, VAULT]),
        (format!("account:{LAB}"), &[LAB]),
        (service("user:*"), &[user]),
        (format!("user:{user}"), &[user]),
        (service("group:*"), &[in_group]),
        (service("policy:*"), &[policy]),
        (service("token:token_01h*"), &[token]),
        (service("invitation:*"), &[invite]),
        (service("organization:*"), &[org]),
        (service("org:*"), &[]),
        // Whatever has this id.
        (LAB.to_owned(), &[LAB]),
        (service("acct_*"), &[LAB, VAULT]),
        (user.clone(), &[user]),
        (service("sig-2140"), &[group, other]),
        (service("sig-2*"), &[group, other]),
        (service("sig-2140*"), &[group, other]),
        (service("sig-214"), &[]),
        (service("o-1"), &[]),
        (service("SIG-2140"), &[]),
    ] {
        let read: ResourcePattern = pattern.parse().unwrap();
        for resource in all {
            let parsed: Resource = resource.parse().unwrap();
            let found = read.matches(&parsed);
            assert_eq!(found, fit.contains(&resource), "{pattern} on {resource}");
        }
        assert_eq!((read.as_str(), &*read.to_string()), (&*pattern, &*pattern));
    }
}

#[test]
fn texts() {
    for (pattern, fit, misfit) in [
        ("", &[""][..], &["a", " "][..]),
        ("a", &["a"], &["", "aa", "ba", "ab", "A", "a\n"]),
        ("^a$", &["a"], &["", "aa", "a\n"]),
        ("a|ab", &["a", "ab"], &["b", "aba"]),
        (
            "(a|ab)(c|bcd)",
            &["ac", "abc", "abcd", "abbcd"],
            &["ab", "acd"],
        ),
        ("a*?", &["", "aaa"], &["b"]),
        (".*", &["", "a\nb", "é日", "\r\n"], &[]),
        (".", &["a", "\n"], &["", "é", "ab"]),
        ("é+", &["é", "éé"], &["e", "É", ""]),
        ("(?i)team-é", &["TEAM-é", "Team-é"], &["team-É"]),
        (r"\d{2}", &["42"], &["4", "٤٢", "4a"]),
        (r"\w+", &["a_1"], &["é", "", "a-b"]),
        (r"a\sb", &["a b", "a\tb"], &["a\u{a0}b"]),
        (r"(?i)k", &["k", "K"], &["\u{212a}"]),
        (r"a\.b", &["a.b"], &["axb"]),
        (r"\bteam\b", &["team"], &["teams", "a team"]),
        ("[^a]", &["b", "\n"], &["a", "é"]),
        ("(?x) a b # c", &["ab"], &["a b"]),
        ("(a+)+$", &["a", "aaaa"], &["", "aab"]),
    ] {
        let read: TextPattern = pattern.parse().unwrap();
        for text in fit {
            assert!(read.matches(text), "{pattern:?} on {text:?}");
        }
        for text in misfit {
            assert!(!read.matches(text), "{pattern:?} on {text:?}");
        }
        assert_eq!((read.as_str(), &*read.to_string()), (pattern, pattern));
        assert_eq!(format!("{read:?}"), format!("TextPattern({pattern:?})"));
        assert_eq!(read, read.clone());
    }
    assert_ne!("a".parse::<TextPattern>(), "(a)".parse());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// A glob means what trying all there is finds.
    #[test]
    fn globs_of_actions(
        service in "[ab*]{1,5}", verb in "[ab*]{1,8}", other in "[ab]{1,5}", what in "[ab]{1,9}",
    ) {
        let pattern: ActionPattern = format!("{service}:{verb}").parse().unwrap();
        let action: Action = format!("{other}:{what}").parse().unwrap();
        let expected = fits(&service, &other) && fits(&verb, &what);
        prop_assert_eq!(pattern.matches(&action), expected);
    }

    #[test]
    fn globs_of_resources(
        service in "[ab*]{1,5}", id in "[ab*:/]{1,8}", other in "[ab]{1,5}", its in "[ab:/]{1,9}",
    ) {
        let resource: Resource = format!("{LAB}/{other}/{its}").parse().unwrap();
        let of = |text: &str| text.parse::<ResourcePattern>().unwrap().matches(&resource);
        let expected = fits(&service, &other) && fits(&id, &its);
        prop_assert_eq!(of(&format!("{service}:{id}")), expected);
        prop_assert_eq!(of(&format!("{LAB}/{service}/{id}")), expected);
        prop_assert_eq!(of(&format!("{VAULT}/{service}/{id}")), false);
        if !id.contains(':') {
            prop_assert_eq!(of(&id), id == "*" || fits(&id, &its));
        }
    }
}
