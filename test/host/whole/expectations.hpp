// What tests of the whole system do to it, and expect of it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "test/host/whole/system.hpp"

namespace axo::whole {

inline constexpr unsigned divide_error = 0, invalid_opcode = 6, general_protection = 13;
inline constexpr std::string_view greeting = "Hello, World!", status = "Name:\tinit";

/// How many seeds, and entries at which something is struck, a test tries.
unsigned rounds(unsigned few);
void expect_faultless(const System &system);
/// Strikes the process that has this name at its `turn`-th entry from now.
bool strike(System &system, std::string_view name, unsigned vector, unsigned turn);
/// Boots until hello has answered, strikes it, and goes on until it has answered three more times.
void expect_hello_reborn(System &system, unsigned vector = invalid_opcode, unsigned turn = 1);
/// Types a name until the program at the terminal greets it: while a driver is away, what was typed may be lost.
void expect_answer_at_terminal(System &system, const std::string &name);
/// Types a command once and waits until its result is shown; -1000: it never was.
int result_of(System &system, const std::string &label, const std::string &program);
/// `says`: what hello answers.
void expect_all_serve(System &system, std::string_view says = greeting);
void boot_to_terminal(System &system);
/// hello counts how often it was opened, in its State, and says so: it never began anew.
void expect_opens_counted_on(const System &system);

}  // namespace axo::whole
