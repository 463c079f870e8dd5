//! The Python package in an environment of its own.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::{fresh_folder, must, sdks};

/// Which Python has the packages of `sdks/python/requirements-dev.txt`; `./test` says so.
const INTERPRETER: &str = "BURSAR_TEST_SDK_PYTHON";

/// An empty environment into which the wheel was installed, with the test's own files beside it.
pub struct Project {
    dir: PathBuf,
}

/// The Python that builds and checks.
pub fn interpreter() -> String {
    std::env::var(INTERPRETER).unwrap_or_else(|_| "python3".to_owned())
}

/// Packed and installed once for all tests of this process.
pub fn project() -> &'static Project {
    static PROJECT: OnceLock<Project> = OnceLock::new();
    PROJECT.get_or_init(|| {
        let project = Project { dir: fresh_folder("sdk-python") };
        let dir = &project.dir;
        let pip = ["-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input"];
        let mut build = Command::new(interpreter());
        build.args(pip).args(["wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir"]);
        must(build.arg(dir).arg(source()));
        must(Command::new(interpreter()).args(["-m", "venv", "--without-pip"]).arg(dir.join("venv")));
        // What the wheel itself needs is there already, where the packages for building are.
        let paths = "import site, sysconfig; print(sysconfig.get_path('purelib'))";
        let shared = must(Command::new(interpreter()).args(["-c", paths])).stdout;
        let own = must(&mut project.python(&["-c", paths])).stdout;
        let own = PathBuf::from(String::from_utf8(own).unwrap().trim());
        std::fs::write(own.join("shared.pth"), shared).unwrap();
        let wheels = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let wheel = wheels.filter(|path| path.extension().is_some_and(|kind| kind == "whl")).last();
        let mut install = Command::new(interpreter());
        install.args(pip).arg("--python").arg(dir.join("venv/bin/python"));
        must(install.args(["install", "--no-deps", "--no-index"]).arg(wheel.unwrap()));
        for file in std::fs::read_dir(source().join("tests")).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), dir.join(file.file_name())).unwrap();
        }
        project
    })
}

impl Project {
    /// The environment's Python.
    pub fn python(&self, arguments: &[&str]) -> Command {
        let mut python = Command::new(self.dir.join("venv/bin/python"));
        python.args(arguments).current_dir(&self.dir);
        python
    }

    /// Checks the types of what uses the package, by what the installed package declares.
    pub fn check_types(&self) {
        let mut mypy = Command::new(interpreter());
        mypy.args(["-m", "mypy", "--strict", "--python-executable", "venv/bin/python"]);
        must(mypy.arg("consumer.py").current_dir(&self.dir));
    }
}

fn source() -> PathBuf {
    sdks().join("python")
}
