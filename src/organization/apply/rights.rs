//! What the events of groups and policies change.

use alloc::vec::Vec;

use crate::id::{GroupId, PolicyId, UserId};
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::group::Group;
use crate::organization::policy::{Holder, Policy, PolicyAttachment, PolicyUpdated};
use crate::organization::user::{Attachment, User};
use crate::role::OrganizationRole;
use crate::time::Timestamp;

impl Organization {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`apply`, which has no wildcard, passes the events of groups on"
    )]
    pub(super) fn apply_to_group(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::GroupCreated(created) => {
                let _ = self.groups.push(Group::new(created, at));
            }
            Event::GroupUpdated(updated) => {
                self.groups.edit(updated.group, |it| it.update(updated));
            }
            Event::GroupDeleted(deleted) => self.delete_group(deleted.group, at),
            Event::GroupUserAdded(added) => self.join(added.user, added.group),
            Event::GroupUserRemoved(removed) => self.leave(removed.user, removed.group),
            Event::GroupAttached(attached) => {
                let attachment = Attachment::new(attached.account, attached.role);
                self.edit_group(attached.group, |it| it.attach(attachment));
            }
            Event::GroupDetached(detached) => {
                self.edit_group(detached.group, |it| it.detach(detached.account));
            }
            _ => {}
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`apply`, which has no wildcard, passes the events of policies on"
    )]
    pub(super) fn apply_to_policy(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::PolicyCreated(created) => {
                let _ = self.policies.push(Policy::new(created, at));
                self.compile_policy(created.policy);
            }
            Event::PolicyUpdated(updated) => self.update_policy(updated, at),
            Event::PolicyDeleted(deleted) => {
                self.policies.edit(deleted.policy, |it| it.delete(at));
                // A log that deletes what is still held gives nothing by it (law X6).
                self.hold_anew(deleted.policy);
            }
            Event::PolicyAttached(attached) => {
                let attachment = PolicyAttachment::new(attached.policy, attached.on.clone());
                match attached.to {
                    Holder::Group(group) => {
                        self.edit_group(group, |it| it.attach_policy(attachment));
                        self.hold(group);
                    }
                    Holder::User(user) => {
                        self.edit_member(user, |it| it.attach_policy(attachment));
                    }
                }
            }
            Event::PolicyDetached(detached) => match detached.from {
                Holder::Group(group) => {
                    self.edit_group(group, |it| it.detach_policy(detached.policy));
                    self.hold(group);
                }
                Holder::User(user) => {
                    self.edit_member(user, |it| it.detach_policy(detached.policy));
                }
            },
            _ => {}
        }
    }

    fn edit_group(&mut self, group: GroupId, change: impl FnOnce(&mut Group)) {
        let there = |it: &Group| it.deleted_at().is_none();
        if self.groups.get(group).is_some_and(there) {
            self.groups.edit(group, change);
        }
    }

    fn edit_member(&mut self, user: UserId, change: impl FnOnce(&mut User)) {
        if self.user(user).is_some_and(|it| !it.is_removed()) {
            self.users.edit(user, change);
        }
    }

    fn join(&mut self, user: UserId, group: GroupId) {
        let open = |it: &Group| it.deleted_at().is_none();
        let new = |it: &User| !it.is_removed() && !it.is_in(group);
        let role = self.user(user).filter(|it| new(it)).map(User::role);
        let role = role.filter(|_| self.groups.get(group).is_some_and(open));
        if let (Some(role), Some(place)) = (role, self.groups.position(group)) {
            self.users.edit(user, |it| it.join(group, place));
            self.groups.edit(group, |it| it.count_in(role));
        }
    }

    fn leave(&mut self, user: UserId, group: GroupId) {
        let role = self.user(user).filter(|it| it.is_in(group)).map(User::role);
        if let Some(role) = role {
            self.users.edit(user, |it| it.leave(group));
            self.groups.edit(group, |it| it.count_out(role));
        }
    }

    fn delete_group(&mut self, group: GroupId, at: Timestamp) {
        let within = self.users().filter(|it| it.is_in(group));
        let within: Vec<_> = within.map(User::id).collect();
        for user in within {
            self.users.edit(user, |it| it.leave(group));
        }
        self.groups.edit(group, |it| it.delete(at));
    }

    /// Counts a user in its groups by the role that it has now, and had before.
    pub(super) fn recount(
        &mut self,
        user: UserId,
        before: Option<OrganizationRole>,
        now: Option<OrganizationRole>,
    ) {
        let groups: Vec<_> = self.user(user).map_or(&[][..], User::groups).to_vec();
        for group in groups {
            self.groups.edit(group, |it| {
                before.into_iter().for_each(|role| it.count_out(role));
                now.into_iter().for_each(|role| it.count_in(role));
            });
        }
    }

    fn compile_policy(&mut self, policy: PolicyId) {
        if let Some(catalog) = &self.catalog {
            self.policies.edit(policy, |it| it.compile(catalog));
        }
    }

    fn update_policy(&mut self, updated: &PolicyUpdated, at: Timestamp) {
        let policy = updated.policy;
        self.policies.edit(policy, |it| it.update(updated, at));
        self.compile_policy(policy);
        self.hold_anew(policy);
    }

    /// Compiles anew what the groups hold that hold a policy.
    fn hold_anew(&mut self, policy: PolicyId) {
        let holds = |it: &&Group| it.policies().iter().any(|it| it.policy == policy);
        let groups: Vec<_> = self.groups.iter().filter(holds).map(Group::id).collect();
        groups.into_iter().for_each(|group| self.hold(group));
    }
}
