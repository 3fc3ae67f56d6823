// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/uplink_journal.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/small_file.hpp"
#include "system/uplink_json.hpp"
#include "system/whole_file.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>

namespace vifplug {

namespace {

using nlohmann::json;

constexpr std::string_view record_suffix = ".uplink";

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

std::string on_a_line(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

/// The lines that were written to their end.
std::vector<json> read_lines(const std::string& path) {
    std::vector<json> lines;
    const std::string text = read_whole_file(path);
    std::size_t start = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
        json line = json::parse(text.begin() + static_cast<std::ptrdiff_t>(start),
                                text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
        if (line.is_object())
            lines.push_back(std::move(line));
        start = end + 1;
    }
    return lines;
}

json beginning_of(const Transaction& transaction) {
    json parts = json::array();
    for (const TransactionPart& part : transaction.parts) {
        json one{{"uplink", to_json(part.uplink)}};
        if (part.state)
            one["state"] = to_json(*part.state);
        parts.push_back(std::move(one));
    }
    return {{"namespace", network_namespace()},
            {"what", transaction.what == Transaction::What::start ? "start" : "stop"},
            {"parts", std::move(parts)}};
}

Transaction read_transaction(const std::vector<json>& lines) {
    const json& first = lines.front();
    Transaction transaction;
    transaction.what = first.at("what") == "start" ? Transaction::What::start : Transaction::What::stop;
    for (const json& part : first.at("parts")) {
        TransactionPart read{uplink_from_json(part.at("uplink")), std::nullopt, {}};
        if (part.contains("state"))
            read.state = state_from_json(part.at("state"));
        transaction.parts.push_back(std::move(read));
    }
    for (const json& line : lines) {
        if (line.contains("state"))
            transaction.parts.at(line.at("part").get<std::size_t>()).state = state_from_json(line.at("state"));
        if (line.contains("stopped"))
            for (const json& client : line.at("stopped"))
                transaction.parts.at(line.at("part").get<std::size_t>()).stopped.push_back(client_from_json(client));
        if (line.contains("past_return"))
            transaction.is_past_return = true;
    }
    return transaction;
}

UplinkRecord read_record(const json& value) {
    UplinkRecord record{uplink_from_json(value.at("uplink")), state_from_json(value.at("own_of_bridge")), std::nullopt};
    if (value.contains("confirm_by"))
        record.confirm_by = value.at("confirm_by").get<std::uint64_t>();
    return record;
}

} // namespace

UplinkJournal::UplinkJournal(const std::string& run_directory) : directory_(run_directory + "/network") {}

void UplinkJournal::make_directory() const {
    make_directories(directory_);
}

std::string UplinkJournal::record_path(const Uplink& uplink) const {
    return directory_ + "/" + uplink.netdev + std::string(record_suffix);
}

std::optional<Transaction> UplinkJournal::unfinished() const {
    const auto lines = read_lines(journal_path());
    try {
        if (lines.empty() || lines.front().at("namespace") != network_namespace())
            return std::nullopt;
        return read_transaction(lines);
    } catch (const std::exception& failure) {
        throw Error("read " + journal_path(), system_code(EBADMSG), failure.what());
    }
}

std::vector<std::string> UplinkJournal::steps() const {
    std::vector<std::string> steps;
    for (const json& line : read_lines(journal_path()))
        if (line.contains("step"))
            steps.push_back(line.at("step").get<std::string>());
    return steps;
}

void UplinkJournal::begin(const Transaction& transaction) {
    write_whole_file(journal_path(), on_a_line(beginning_of(transaction)));
    journal_ = UniqueFd(open(journal_path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    if (!journal_)
        throw Error("open " + journal_path(), system_code(errno));
}

void UplinkJournal::append(const std::string& line) {
    if (!journal_)
        journal_ = UniqueFd(open(journal_path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    errno = ENOSPC; // what a short write means
    if (!journal_ || write(journal_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        fsync(journal_.get()) != 0)
        throw Error("write " + journal_path(), system_code(errno));
}

void UplinkJournal::note_step(const std::string& description) {
    append(on_a_line({{"step", description}}));
}

void UplinkJournal::note_state(std::size_t part, const HostState& state) {
    append(on_a_line({{"part", part}, {"state", to_json(state)}}));
}

void UplinkJournal::note_stopped(std::size_t part, const std::vector<DhcpClient>& clients) {
    json list = json::array();
    for (const DhcpClient& client : clients)
        list.push_back(to_json(client));
    append(on_a_line({{"part", part}, {"stopped", std::move(list)}}));
}

void UplinkJournal::note_past_return() {
    append(on_a_line({{"past_return", true}}));
}

void UplinkJournal::end() {
    journal_ = UniqueFd();
    if (unlink(journal_path().c_str()) != 0 && errno != ENOENT)
        throw Error("remove " + journal_path(), system_code(errno));
}

std::vector<UplinkRecord> UplinkJournal::records() const {
    std::vector<UplinkRecord> records;
    const std::unique_ptr<DIR, CloseDirectory> directory(opendir(directory_.c_str()));
    while (const dirent* entry = directory ? readdir(directory.get()) : nullptr) {
        const std::string name = entry->d_name;
        if (!name.ends_with(record_suffix))
            continue;
        const json value = json::parse(read_whole_file(directory_ + "/" + name), nullptr, false);
        try {
            if (value.at("namespace") == network_namespace())
                records.push_back(read_record(value));
        } catch (const std::exception&) {
            continue; // written by somebody else
        }
    }
    return records;
}

std::optional<UplinkRecord> UplinkJournal::record_of(const Uplink& uplink) const {
    for (UplinkRecord& record : records())
        if (record.uplink.nic == uplink.nic)
            return std::move(record);
    return std::nullopt;
}

void UplinkJournal::write_record(const UplinkRecord& record) const {
    json value{{"namespace", network_namespace()},
               {"uplink", to_json(record.uplink)},
               {"own_of_bridge", to_json(record.own_of_bridge)}};
    if (record.confirm_by)
        value["confirm_by"] = *record.confirm_by;
    write_whole_file(record_path(record.uplink), on_a_line(value));
}

void UplinkJournal::remove_record(const Uplink& uplink) const {
    (void)unlink(record_path(uplink).c_str()); // nothing there is what is wanted
}

} // namespace vifplug
