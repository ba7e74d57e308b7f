//! Whose a file is, and who may do what with it.

use std::{
    fs::{File, Metadata},
    io,
};

/// The owner and the permissions of a file, for the one that takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// The numbers of its user and group, on Unix.
    pub(crate) owner: Option<(u32, u32)>,
    /// Its permission bits; on other systems than Unix, whether it may be
    /// written (`0o644`) or not (`0o444`).
    pub(crate) mode: u32,
}

impl Access {
    /// What `data` says.
    #[cfg(unix)]
    pub(crate) fn of(data: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            owner: Some((data.uid(), data.gid())),
            mode: data.mode() & 0o7777,
        }
    }

    /// What `data` says.
    #[cfg(not(unix))]
    pub(crate) fn of(data: &Metadata) -> Self {
        Self {
            owner: None,
            mode: if data.permissions().readonly() {
                0o444
            } else {
                0o644
            },
        }
    }

    /// Gives `file` this owner, as far as the system lets us, and these
    /// permissions.
    ///
    /// # Errors
    ///
    /// The file system says no, other than to a change of owner.
    #[cfg(unix)]
    pub(crate) fn give(self, file: &File) -> io::Result<()> {
        use std::os::unix::fs::{PermissionsExt, fchown};
        if let Some((user, group)) = self.owner
            && Self::of(&file.metadata()?).owner != self.owner
        {
            // Only root may give a file away; a group of one's own is allowed.
            match fchown(file, Some(user), Some(group)).or_else(|_| fchown(file, None, Some(group)))
            {
                Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
                _ => {}
            }
        }
        file.set_permissions(std::fs::Permissions::from_mode(self.mode))
    }

    /// Other systems than Unix have nothing that is given.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "Unix may say no")]
    pub(crate) fn give(self, _: &File) -> io::Result<()> {
        Ok(())
    }
}
