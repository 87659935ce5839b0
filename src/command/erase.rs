//! The command that erases a person.

use alloc::vec::Vec;

use crate::access::{Authorized, Requirement, may, may_too};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::command::member::an_owner_is_left;
use crate::command::rank::act_on;
use crate::command::{Command, Context, Decided, Recorded};
use crate::email::Email;
use crate::id::{InvitationId, OrganizationId, UserId};
use crate::organization::Organization;
use crate::organization::erasure::{Erases, ErasureGround, UserErased};
use crate::organization::event::Event;
use crate::organization::invitation::{Invitation, InvitationStatus};
use crate::organization::lifecycle::Status;
use crate::organization::user::{User, UserKind, UserLeft, UserRemoved};
use crate::refusal::{Blocker, Refusal};
use crate::resource::Resource;
use crate::view::{Interrupt, View};

command! {
    /// Erases a person: what names or reaches it goes from the organization for good (law G4).
    ///
    /// A user that is still there is removed in the same commit, with its attachments and tokens.
    /// Erasing somebody who was erased already is a success, and makes sure that the text is gone.
    ///
    /// The registry has to be one [that erases](crate::Registry::with_erasure). It commits a record
    /// first, which says who, on which ground and by whom, and then has the store drop text and salt:
    ///
    /// | what goes | from |
    /// |--|--|
    /// | names, addresses, descriptions | the records of the user, and its row |
    /// | the address that was invited | the invitations by which it came, and those under its addresses that are over |
    /// | what it called its tokens | the records of the tokens, and their rows |
    /// | from where it came and with what program | the records of what it did itself, in both logs |
    /// | what the host said of its activity | the records of what it did itself, of what was done to it, and of what is [about](crate::command::RecordActivity::about) it |
    /// | what could be guessed from | the receipts of the commands that held such a text, and of its own that did nothing |
    /// | addresses | the keys by which the organization is found |
    /// | all of it | snapshots of before |
    ///
    /// Ids stay, bodies and leaves stay: the log [verifies](crate::log::verify) as before, also against
    /// old checkpoints. Where the erasure itself fails,
    /// [`Error::NotErased`](crate::Error::NotErased) says so: the person is erased by record, and the
    /// text goes when this command is run again, or when any registry that erases next loads the
    /// organization.
    ///
    /// Out of reach is what left the store before: what a reader of the feed, an export, a backup or a
    /// file system kept, and what another process holds in memory until it next reads the log. Not of
    /// the person are the texts of others: reasons of holds, descriptions of groups and policies. What a
    /// host put into labels and references is the host's, and stays; so does the payload of an
    /// [activity](crate::command::RecordActivity) that names the person, but was neither done by it,
    /// nor to it, nor said to be about it. Each organization erases for itself: what the person is or
    /// did elsewhere, is there. A named command of somebody else's that had nothing to do left no
    /// record, and keeps its receipt with a fingerprint. An invitation that can still be answered is of
    /// somebody who may yet come, and so stays; so does whoever came back as another user.
    ///
    /// Refused: the registry does not erase; the user is not there, or is a program; it stands as
    /// high as the caller or higher (law U4); the organization is held; no owner would be left
    /// (law U2). Whoever erases somebody who is still there needs the right to remove it too.
    /// Oneself needs no right but that to leave.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # use tenancy::command::{CreateUser, SignUp};
    /// # use tenancy::role::OrganizationRole;
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// use tenancy::blocking::Store as _;
    /// use tenancy::command::ErasePerson;
    /// use tenancy::log::{Verdict, verify};
    /// use tenancy::organization::erasure::ErasureGround;
    /// use tenancy::record::{Log, Version};
    ///
    /// let (store, settings) = (MemoryStore::new(), Settings::new("acme".parse()?));
    /// let registry = blocking::Registry::new(store, SystemEnvironment::new(), settings).with_erasure();
    /// # let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// let bob = CreateUser::new(
    ///     acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
    /// let bob = registry.run(&ada, &bob)?.user;
    /// registry.run(&ada, &ErasePerson::new(acme, bob, ErasureGround::Request))?;
    ///
    /// let page = registry.store().read(acme, Log::Administration, Version::ZERO, 100.try_into()?)?;
    /// assert!(page.records.iter().flat_map(|it| &it.personal).all(|part| !part.text.contains("ob")));
    /// assert_eq!(verify(&page.records), Verdict::Consistent { size: page.head.version });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ErasePerson, "Returns the command to erase the person that is, or was, `user`.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
    /// Why.
    ground: ErasureGround,
}

impl Command for ErasePerson {
    const KIND: &'static str = "erase_person";
    type Output = ();

    fn requirement(&self) -> Requirement {
        let (user, erase) = (Resource::User(self.user), Builtin::ErasePerson);
        Requirement::RightOrLeave(self.organization, erase, user, self.user)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            user: id,
            ground,
        } = *authorized.command();
        let (state, caller) = (view.organization(organization)?, authorized.caller());
        if !context.settings.erases {
            return Err(Refusal::ErasureUnsupported.into());
        }
        let user = state.user(id).ok_or_else(|| Refusal::not_found(id))?;
        act_on(state, caller, user, context)?;
        if user.kind() != UserKind::Person {
            return Err(Refusal::NotPerson { user: id }.into());
        }
        if state.is_erased(id) {
            return Ok(Decided::nothing(()));
        }
        not_held(state, caller, context)?;
        let mut decided = Decided::nothing(());
        if !user.is_removed() {
            decided = decided.and(organization, removed(state, caller, user, context)?);
        }
        let erased = UserErased {
            user: id,
            ground,
            invitations: invitations(state, user, context),
        };
        Ok(decided.and(organization, Event::UserErased(erased)))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        let _ = events.take(|left: &UserLeft| left.user == self.user);
        let _ = events.take(|removed: &UserRemoved| removed.user == self.user);
        events.pass(|erased: &UserErased| erased.user == self.user)
    }

    fn erases(&self) -> Vec<Erases> {
        [Erases::Person(self.organization, self.user)].into()
    }
}

/// A hold keeps what there is. What holds there are is told to whoever may place them.
fn not_held(state: &Organization, caller: &Caller, context: &Context<'_>) -> Result<(), Refusal> {
    if state.holds().is_empty() {
        return Ok(());
    }
    let (whole, moment) = (Resource::Organization(state.id()), context.moment());
    let known = may(state, caller, Builtin::HoldOrganization, &whole, &moment);
    let holds = state.holds().iter().filter(|_| known);
    let holds = holds.map(|it| Blocker::Hold(it.id, it.kind)).collect();
    Err(Refusal::ErasureHeld { holds })
}

/// Laws U2, U6: whoever is erased is removed with it, as by the command for that.
fn removed(
    state: &Organization,
    caller: &Caller,
    user: &User,
    context: &Context<'_>,
) -> Result<Event, Interrupt> {
    let id = user.id();
    let oneself = caller.user_id() == Some(id);
    if !oneself && caller.user_id().is_some() {
        let (resource, moment) = (Resource::User(id), context.moment());
        may_too(state, caller, Builtin::RemoveUser, &resource, &moment)?;
    }
    // What is closed for good needs no owner.
    if state.status() != Status::Closed {
        an_owner_is_left(state, id)?;
    }
    Ok(match oneself {
        true => Event::UserLeft(UserLeft { user: id }),
        false => Event::UserRemoved(UserRemoved { user: id }),
    })
}

/// Returns the invitations whose address is the person's, and of nobody who may yet come.
fn invitations(
    state: &Organization,
    user: &User,
    context: &Context<'_>,
) -> alloc::boxed::Box<[InvitationId]> {
    let (id, now) = (user.id(), context.time(state));
    let came = state.invitations().filter(|it| it.user() == Some(id));
    let own = user.email().into_iter().chain(user.requested_email());
    let addresses: Vec<&Email> = own.chain(came.filter_map(Invitation::email)).collect();
    let over = |it: &Invitation| match it.status(now) {
        InvitationStatus::Accepted => it.user() == Some(id),
        InvitationStatus::Declined | InvitationStatus::Expired | InvitationStatus::Revoked => {
            it.email().is_some_and(|email| addresses.contains(&email))
        }
        InvitationStatus::Pending => false,
    };
    let over = state.invitations().filter(|it| over(it));
    let mut ids: Vec<_> = over.map(Invitation::id).collect();
    ids.sort_unstable();
    ids.into()
}
