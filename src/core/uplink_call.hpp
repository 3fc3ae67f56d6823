// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/call_words.hpp"
#include "core/error.hpp"
#include "core/uplink_request.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vifplug {

enum class UplinkVerb : std::uint8_t { start, stop, status, recover, confirm };

std::string_view name_of(UplinkVerb verb);

/// The command is missing, or none there is. what() has two lines, which go to stderr as they are (B9): they are what
/// the scripts wrote.
class UnknownCommand : public BadInput {
  public:
    [[nodiscard]] explicit UnknownCommand(std::string_view command);
};

/// What a caller of network-bridge or its wrapper asked for.
struct UplinkCall {
    UplinkVerb verb = UplinkVerb::status;
    std::vector<UplinkRequest> requests;         ///< one per NIC; none: those of the configuration file (wrapper only)
    bool nothing_to_do = false;                  ///< bridge=null: succeed; what is asked for each NIC was not looked at
    std::chrono::seconds verify{5};              ///< how long gateways have for an answer; 0: they are not asked
    std::optional<std::chrono::seconds> confirm; ///< everything is taken back after that, unless somebody confirms
    bool ignore_firewall = false;
    bool dry_run = false;
    bool json = false;
};

/// Reads a call of network-bridge: "start|stop|status|recover|confirm [KEY=VALUE ...]", words in any order, the last
/// value of a key counts. Keys are also taken from the environment, where the command line does not have them; an empty
/// value is as good as none. There is one request, perhaps with nothing in it.
/// `words` is without --help and --version, which a program answers first.
/// Refuses, with BadInput, an unknown word, key, value or option, and with UnknownCommand an unknown command.
UplinkCall parse_uplink_call(std::span<const std::string_view> words, const Environment& environment);

/// Reads a call of network-bridge-wrapper: the same, but netdev, bridge and vifnum are lists divided by commas, all of
/// one length and nothing twice; the others are for every NIC. Without netdev there are no requests, and then all that
/// is said about a NIC is refused: what is meant is in the configuration file.
UplinkCall parse_uplink_wrapper_call(std::span<const std::string_view> words, const Environment& environment);

} // namespace vifplug
