// A turn never reads back what it changed outside (rule 10): a staged change is not there yet, and a turn that is done
// again would find a journalled one already made. A checked kernel notes what each turn has changed by staged and
// journalled calls, and a call that reads the same thing in the same turn is the end of its service.
//
// What is noted is a part of a process, or the machine's accounts; it is forgotten with the end of the turn. Idempotent
// calls are not noted: done again they make the same, in the same order. Why it is so:
// docs/decisions/0015-no-turn-reads-back.md.
#pragma once

#include "axo/error.hpp"
#include "axo/types.hpp"

namespace axo::kernel {

struct Process;
struct Privilege;

/// What is changed and read as one.
namespace part {
inline constexpr std::uint8_t registers = 1;  // set_context, exec, a call taken back | get_context
inline constexpr std::uint8_t life = 2;       // priority, signals, whether it runs, its name | process_info
inline constexpr std::uint8_t rights = 4;     // privilege_control
inline constexpr std::uint8_t space = 8;      // which page table it has | query_page
inline constexpr std::uint8_t everything = 15;
inline constexpr std::uint8_t accounts = 16;  // of no process: what is free in the machine | get_info(counters)
}  // namespace part
inline constexpr Endpoint the_machine = endpoint::none;

#if AXO_CHECKED
inline constexpr bool changes_are_noted = true;
#else
inline constexpr bool changes_are_noted = false;
#endif

struct TurnChanges {
    static constexpr unsigned most = 48;  // of one turn; what comes after them is not watched
    struct Change {
        Endpoint whose;
        std::uint16_t call;  // its number
        std::uint8_t parts;
    };
    struct Turn {
        unsigned count;
        Change changes[most];
    };
    Turn turns[changes_are_noted ? max_system_processes : 1]{};  // by privilege id
};

namespace detail {
void note_change(Process &caller, Endpoint whose, std::uint8_t parts);
Status check_read(Process &caller, Endpoint whose, std::uint8_t parts);
void forget_changes(const Privilege &privilege);
}  // namespace detail

/// The kernel call that `caller` is in has changed this.
inline void note_change(Process &caller, Endpoint whose, std::uint8_t parts) {
    if constexpr (changes_are_noted) detail::note_change(caller, whose, parts);
}
/// The kernel call that `caller` is in reads this. Errors: not_permitted (the caller has changed it in this turn, which
/// is its death).
inline Status check_read(Process &caller, Endpoint whose, std::uint8_t parts) {
    if constexpr (changes_are_noted) return detail::check_read(caller, whose, parts);
    return {};
}
/// The turn is over.
inline void forget_changes(const Privilege &privilege) {
    if constexpr (changes_are_noted) detail::forget_changes(privilege);
}

}  // namespace axo::kernel
