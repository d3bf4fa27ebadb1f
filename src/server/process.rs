//! Which process of which machine this is, so that another one on the same machine can tell that it has ended: what a killed
//! server held is taken up the moment it starts again, instead of after a time.

use std::fs;

/// `boot/namespace/number/start` of this process; empty where the operating system does not tell.
pub fn this() -> String {
    of("self").unwrap_or_default()
}

/// Whether a process of this machine has ended. `false` where it lives, or is none this one could see.
pub fn has_ended(process: &str) -> bool {
    let Some(machine) = machine() else { return false };
    let Some(rest) = process.strip_prefix(&machine) else { return false };
    let number = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
    // The number may belong to another process by now, which began at another time.
    number.parse::<u32>().is_ok() && of(number).as_deref() != Some(process)
}

/// What numbers of processes are unique in: the machine since it started, and the container.
fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{}/{}", boot.trim(), namespace.to_str()?))
}

fn of(number: &str) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The second field is the program's name, in brackets; it may hold blanks and brackets itself.
    let (number, _) = stat.split_once(' ')?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    // A process that ended and was not waited for yet is still listed.
    let (state, started) = (fields.first()?, fields.get(19)?);
    (!matches!(*state, "Z" | "X")).then_some(())?;
    Some(format!("{}/{number}/{started}", machine()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_ends_when_it_does_and_not_before() {
        assert!(!this().is_empty());
        assert!(!has_ended(&this()));
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let process = of(&child.id().to_string()).unwrap();
        assert!(!has_ended(&process));
        child.kill().unwrap();
        // Ended, and not waited for.
        while !has_ended(&process) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(has_ended(&process));
    }

    #[test]
    fn a_number_that_was_given_anew_is_another_process() {
        let earlier = format!("{}/{}/1", machine().unwrap(), std::process::id());
        assert!(has_ended(&earlier));
    }

    #[test]
    fn nothing_is_said_of_other_machines() {
        for process in ["", "other-boot/pid:[1]/1/1", "nonsense"] {
            assert!(!has_ended(process), "{process}");
        }
    }
}
