#!/usr/bin/env python3
"""The checker finds what it is there for: each case plants one breach in a small clean house."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_layers  # noqa: E402


class PlantedBreaches(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.root = self.directory.name
        for room in list(check_layers.ROOMS) + ["tests/" + name for name in check_layers.TEST_FOLDERS_NEEDED]:
            self.write(room + "/CMakeLists.txt", "")
        for room in check_layers.READMES:
            self.write(room + "/README.md", "")
        self.write("net/bytes/address.h", "#include <string>\n#include <arpa/inet.h>\n")
        self.write("net/channel/ids.h", '#include "net/bytes/address.h"\n')
        self.write("net/channel/link.h", "#include <readerwriterqueue/readerwriterqueue.h>\n")
        self.write("net/capture/index.h", '#include "net/channel/ids.h"\n#include <fcntl.h>\n')
        self.write("net/capture/pcapng_writer.h", "")
        self.write("net/service/service.h", '#include "net/channel/link.h"\n#include <uv.h>\n#include <netinet/tcp.h>\n')
        self.write("app/session/session.h", '#include "net/channel/link.h"\n#include <nlohmann/json.hpp>\n')
        self.write("app/ui/panel.cpp", '#include "app/session/session.h"\n#include <imgui.h>\nvoid f() { ImGui::Text("%d", 1); }\n')
        self.write("app/main.cpp", '#include "net/service/service.h"\n#include "app/session/session.h"\n')
        self.write("app/window.cpp", "#include <GLFW/glfw3.h>\n#include <stb/stb_image_write.h>\n")
        self.write("tests/net/a_test.cpp", '#include "net/bytes/address.h"\n')
        self.write("tests/CMakeLists.txt", "")

    def tearDown(self):
        self.directory.cleanup()

    def write(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def found(self):
        return check_layers.breaches(self.root)

    def expect_breach(self, *words):
        found = self.found()
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_clean_house_has_no_breach(self):
        self.assertEqual(self.found(), [])

    def test_room_that_includes_what_it_may_not_know(self):
        self.write("net/bytes/hex.cpp", '\n#include "net/channel/ids.h"\n')
        self.expect_breach("net/bytes/hex.cpp:2", "may not know net/channel")

    def test_ui_that_knows_the_service(self):
        self.write("app/ui/log.cpp", '#include "net/service/service.h"\n')
        self.expect_breach("app/ui/log.cpp:1", "net/service")

    def test_ui_that_knows_the_queues(self):
        self.write("app/ui/log.cpp", '#include "net/channel/link.h"\n')
        self.expect_breach("app/ui/log.cpp:1", "not for app/ui")

    def test_ui_that_knows_the_writer(self):
        self.write("app/ui/log.cpp", '#include "net/capture/pcapng_writer.h"\n')
        self.expect_breach("app/ui/log.cpp:1", "not for app/ui")

    def test_net_that_knows_the_application(self):
        self.write("net/service/x.cpp", '#include "app/session/session.h"\n')
        self.expect_breach("net/service/x.cpp:1", "app/session")

    def test_rooms_that_know_a_file_of_the_application(self):
        self.write("app/window.h", "")
        self.write("app/ui/log.cpp", '#include "app/window.h"\n')
        self.expect_breach("app/ui/log.cpp:1", "may not know app")

    def test_libuv_outside_the_service(self):
        for path in ("net/bytes/x.h", "net/channel/x.h", "net/capture/x.h", "app/session/x.h", "app/jobs/x.h", "app/ui/x.h",
                     "app/x.h"):
            with self.subTest(path):
                self.write(path, "#include <uv.h>\n")
                self.expect_breach(path + ":1", "libuv")
                os.remove(os.path.join(self.root, path))

    def test_sockets_outside_the_service(self):
        self.write("net/capture/x.cpp", "#include <sys/socket.h>\n")
        self.expect_breach("net/capture/x.cpp:1", "POSIX sockets")

    def test_bytes_may_read_addresses_but_not_tcp(self):
        self.write("net/bytes/x.cpp", "#include <netinet/tcp.h>\n")
        self.expect_breach("net/bytes/x.cpp:1", "POSIX sockets")

    def test_window_library_outside_the_window(self):
        self.write("app/main.h", "#include <GLFW/glfw3.h>\n")
        self.expect_breach("app/main.h:1", "GLFW")

    def test_command_line_library_outside_the_command_line(self):
        self.write("app/command_line.cpp", "#include <CLI/CLI.hpp>\n")
        self.assertEqual(self.found(), [])
        self.write("app/headless.cpp", "#include <CLI/CLI.hpp>\n")
        self.expect_breach("app/headless.cpp:1", "command line")

    def test_threads_and_files_on_the_frame_side(self):
        for header in ("thread", "mutex", "fstream", "filesystem", "fcntl.h", "unistd.h"):
            with self.subTest(header):
                self.write("app/ui/x.cpp", f"#include <{header}>\n")
                self.expect_breach("app/ui/x.cpp:1", header)

    def test_clock_in_the_session(self):
        self.write("app/session/x.cpp", "#include <chrono>\n")
        self.expect_breach("app/session/x.cpp:1", "clocks")

    def test_clock_read_by_the_view(self):
        self.write("app/ui/x.cpp", "#include <ctime>\nauto now = std::time(nullptr);\n")
        self.expect_breach("app/ui/x.cpp:2", "clocks")

    def test_header_that_nobody_has_placed(self):
        self.write("net/capture/x.cpp", "#include <zstd.h>\n")
        self.expect_breach("net/capture/x.cpp:1", "unknown")

    def test_indented_and_spaced_include(self):
        self.write("net/bytes/x.cpp", "  #  include  <uv.h>\n")
        self.expect_breach("net/bytes/x.cpp:1", "libuv")

    def test_include_in_a_comment_counts_for_nothing(self):
        self.write("net/bytes/x.cpp", '// #include <uv.h>\n/*\n#include <uv.h>\n*/\n')
        self.assertEqual(self.found(), [])

    def test_computed_include(self):
        self.write("net/bytes/x.cpp", "#include HEADER\n")
        self.expect_breach("net/bytes/x.cpp:1", "computed")

    def test_include_that_is_not_from_the_root(self):
        self.write("net/bytes/x.cpp", '#include "address.h"\n')
        self.expect_breach("net/bytes/x.cpp:1", "from the root")

    def test_test_include_that_is_not_from_the_root(self):
        self.write("tests/net/b_test.cpp", '#include "a_test.cpp"\n')
        self.expect_breach("tests/net/b_test.cpp:1", "from the root")

    def test_folder_that_is_not_on_the_map(self):
        self.write("net/misc/x.cpp", "")
        self.expect_breach("net/misc", "not on the map")

    def test_folder_of_tests_that_is_not_on_the_map(self):
        self.write("tests/misc/x.cpp", "")
        self.expect_breach("tests/misc", "not on the map")

    def test_room_within_a_room(self):
        self.write("tests/net/capture/x_test.cpp", "")
        self.assertEqual(self.found(), [])
        self.write("net/capture/detail/x.cpp", "")
        self.expect_breach("net/capture/detail", "not on the map")

    def test_room_on_the_map_that_does_not_exist(self):
        os.remove(os.path.join(self.root, "app/jobs/CMakeLists.txt"))
        self.expect_breach("app/jobs", "does not exist")

    def test_room_without_readme(self):
        os.remove(os.path.join(self.root, "net/capture/README.md"))
        self.expect_breach("net/capture", "README.md")

    def test_format_that_is_no_literal(self):
        for call in ("ImGui::Text(name)", "ImGui::Text(name.c_str())", "ImGui::TextColored(color(1, 2), name)",
                     'ImGui::LabelText("a, b", name)', "ImGui::TextWrapped(\n    name)", "ImGui::SetTooltip (name)",
                     "ImGui::TreeNode(id, name)", "ImGui::TextV(format, list)"):
            with self.subTest(call):
                self.write("app/ui/x.cpp", f"void f() {{ {call}; }}\n")
                self.expect_breach("app/ui/x.cpp:1", "not a literal")

    def test_format_that_is_a_literal(self):
        for call in ('ImGui::Text("%s", name)', 'ImGui::TextColored(color(1, 2), "%s", name)', 'ImGui::Text(_("Port %d"), 1)',
                     'ImGui::LabelText("a, b", "%d", 1)', 'ImGui::TreeNode("label")', "ImGui::TextUnformatted(begin, end)",
                     'ImGui::Text(\n    "%s",\n name)', "// ImGui::Text(name)\n"):
            with self.subTest(call):
                self.write("app/ui/x.cpp", f"void f() {{ {call}; }}\n")
                self.assertEqual(self.found(), [])

    def test_file_written_from_the_frame(self):
        self.write("app/ui/x.cpp", '#include <cstdio>\nvoid f() { std::fopen("a", "w"); }\n')
        self.expect_breach("app/ui/x.cpp:2", "fopen")

    def test_sleep_without_a_reason(self):
        for path, line in (("tests/net/x_test.cpp", "std::this_thread::sleep_for(1ms);"), ("tests/net/x_test.cpp", "usleep (1);"),
                           ("tests/peers/x.py", "time.sleep(0.1)"), ("tests/window/x", "  sleep 0.1"),
                           ("tests/support/x.h", "f();  // allowed sleep:\nsleep(1);")):
            with self.subTest(path + line):
                self.write(path, line + "\n")
                self.expect_breach(path, "a sleep")
                os.remove(os.path.join(self.root, path))

    def test_sleep_with_a_reason(self):
        self.write("tests/net/x_test.cpp", "// allowed sleep: the slow consumer of the test\nsleep_for(1ms);\n")
        self.write("tests/peers/x.py", "time.sleep(0.1)  # allowed sleep: between two looks, with a deadline\n")
        self.write("tests/net/sleeper.h", "void sleep() { poll(&event, 1, -1); }\nvoid f() { frame.sleep(); }\n")
        self.assertEqual(self.found(), [])

    def test_place_of_the_checkout_in_a_file(self):
        subprocess.run(["git", "init", "-q", self.root], check=True)
        self.write("app/note.md", f"see {os.path.realpath(self.root)}/app\n")
        subprocess.run(["git", "-C", self.root, "add", "app/note.md"], check=True)
        self.expect_breach("app/note.md:1", "only this machine's")

    def test_program_tells_by_its_exit_status(self):
        program = [sys.executable, check_layers.__file__, self.root]
        self.assertEqual(subprocess.run(program, stdout=subprocess.DEVNULL, check=False).returncode, 0)
        self.write("net/bytes/x.cpp", "#include <uv.h>\n")
        self.assertEqual(subprocess.run(program, stdout=subprocess.DEVNULL, check=False).returncode, 1)


if __name__ == "__main__":
    unittest.main()
