// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/step.hpp"
#include "system/links.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace vifplug {

/// A plan stopped on the way. Its text says which step failed and why, what was undone and what is left, for instance
/// "add vif7.0 to bridge xenbr0: Device or resource busy; undone: set the MTU of vif7.0 to 1400; left: nothing".
class PlanFailed : public std::runtime_error {
  public:
    [[nodiscard]] explicit PlanFailed(const std::string& sentence) : std::runtime_error(sentence) {}
};

/// What a carried out plan has to tell.
struct Outcome {
    std::vector<Step> made;
    std::vector<Step> refused;         ///< steps that may be refused and were
    std::vector<std::string> warnings; ///< a sentence for each of them
};

/// Makes the steps in order. When one fails, takes back those before it, last one first, and throws PlanFailed.
/// A netdev that vanishes on the way takes everything that was done to it along, so nothing is left then.
Outcome carry_out(const Plan& plan, Links& links);

/// Takes made steps back, last one first. Gives the rest of the sentence: "undone: ...; left: ...".
std::string undo(const std::vector<Step>& made, Links& links);

/// Makes every step of a plan that takes a port down, whatever becomes of the others: a domain is dying, and what can
/// be cleaned up shall be. A netdev that is gone is what was wanted. Gives a sentence for each step that failed.
std::vector<std::string> carry_out_regardless(const Plan& plan, Links& links);

} // namespace vifplug
