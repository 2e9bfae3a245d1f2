//! The systemd unit of the agent.

use std::path::Path;

/// The text of a unit that runs this program.
#[must_use]
pub fn systemd_unit(program: &Path, data_dir: &Path) -> String {
    format!(
        "[Unit]\n\
         Description=Orloj agent\n\
         After=network-online.target\n\
         Wants=network-online.target\n\
         \n\
         [Service]\n\
         ExecStart={} run\n\
         Environment=ORLOJ_AGENT_DATA_DIR={}\n\
         Restart=always\n\
         RestartSec=5\n\
         # Exit code 3: the server does not want this device any more.\n\
         RestartPreventExitStatus=3\n\
         KillMode=process\n\
         UMask=0077\n\
         \n\
         [Install]\n\
         WantedBy=multi-user.target\n",
        program.display(),
        data_dir.display()
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_unit_names_program_and_folder() {
        let unit = super::systemd_unit("/usr/bin/orloj-agent".as_ref(), "/var/lib/x".as_ref());
        assert!(unit.contains("ExecStart=/usr/bin/orloj-agent run\n"));
        assert!(unit.contains("ORLOJ_AGENT_DATA_DIR=/var/lib/x\n"));
    }
}
