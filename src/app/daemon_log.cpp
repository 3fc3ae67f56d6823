// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/daemon_log.hpp"

#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

namespace vifplug {

namespace {

int syslog_level(EventLog::Level level) {
    switch (level) {
    case EventLog::Level::info:
        return LOG_INFO;
    case EventLog::Level::warning:
        return LOG_WARNING;
    case EventLog::Level::error:
        return LOG_ERR;
    }
    return LOG_INFO;
}

/// systemd.exec(5): the variable names stderr by device and inode. A program that was started from a service and has
/// another stderr inherits it, too.
bool is_journal(int descriptor, const Environment& environment) {
    const auto journal = environment("JOURNAL_STREAM");
    struct stat file {};
    return journal && fstat(descriptor, &file) == 0 &&
           *journal == std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
}

} // namespace

DaemonLog::DaemonLog(const std::string& program, const Environment& environment)
    : program_(program), is_journal_(is_journal(STDERR_FILENO, environment)), syslog_(program) {}

void DaemonLog::write(const EventLog::Line& line) {
    const int level = syslog_level(line.level);
    stderr_.write(is_journal_ ? "<" + std::to_string(level) + ">" : program_ + ": ", line.text);
    if (!is_journal_)
        syslog_.write(level, line.text);
}

} // namespace vifplug
