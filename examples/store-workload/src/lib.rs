//! Many writers on any store for tenancy, and the audit of what they left.
