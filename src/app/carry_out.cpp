// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/carry_out.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <cerrno>

namespace vifplug {

namespace {

constexpr std::size_t ports_of_a_bridge = 1023; // BR_MAX_PORTS less the unused number 0 (net/bridge/br_private.h)

/// The kernel took the address away itself, with the primary one or when the link went down.
bool is_done_already(const Step& step, const Error& error) {
    return std::holds_alternative<DropAddress>(step) && error.code() == std::errc::address_not_available;
}

std::string explain(const Step& step, const Error& error) {
    const auto* join = std::get_if<Join>(&step);
    if (join != nullptr && error.code() == system_code(EXFULL))
        return std::string(error.what()) + ": a bridge takes " + std::to_string(ports_of_a_bridge) + " ports, and " +
               printable(join->master.name) + " has them";
    return error.what();
}

std::string list(const std::vector<std::string>& things) {
    std::string text;
    for (const std::string& thing : things)
        text += (text.empty() ? "" : ", ") + thing;
    return text.empty() ? "nothing" : text;
}

} // namespace

std::string undo(const std::vector<Step>& made, Links& links) {
    std::vector<std::string> undone;
    std::vector<std::string> left;
    for (auto step = made.rbegin(); step != made.rend(); ++step) {
        try {
            links.perform(reverse(*step));
            undone.push_back(describe(*step));
        } catch (const Error& error) {
            if (!is_gone(error))
                left.push_back(describe(*step) + " (" + error.what() + ")");
        }
    }
    return "undone: " + list(undone) + "; left: " + list(left);
}

Outcome carry_out(const Plan& plan, Links& links) {
    Outcome outcome;
    for (const Step& step : plan) {
        try {
            links.perform(step);
            outcome.made.push_back(step);
        } catch (const Error& error) {
            if (is_done_already(step, error)) {
                outcome.made.push_back(step);
            } else if (may_be_refused(step) && !is_gone(error)) {
                outcome.refused.push_back(step);
                outcome.warnings.push_back(std::string(error.what()) + ", continuing");
            } else {
                throw PlanFailed(explain(step, error) + "; " + undo(outcome.made, links));
            }
        }
    }
    return outcome;
}

std::vector<std::string> carry_out_regardless(const Plan& plan, Links& links) {
    std::vector<std::string> failures;
    for (const Step& step : plan) {
        try {
            links.perform(step);
        } catch (const Error& error) {
            if (!is_gone(error))
                failures.emplace_back(error.what());
        }
    }
    return failures;
}

} // namespace vifplug
