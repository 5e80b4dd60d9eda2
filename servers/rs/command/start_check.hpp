// Is a start record, which may hold anything, one that RS can work with?
#pragma once

#include "axo/error.hpp"
#include "axo/service_request.hpp"

namespace axo::rs {

/// Fills an empty label from the command. Errors: too_big (command or script without NUL), invalid (anything else:
/// relative path, label empty or too long, lists longer than their arrays, a list without NUL, period or time out of
/// range).
Status check_start_record(service::StartRecord &record);

/// Also the update's own fields. Errors: invalid.
Status check_update_record(service::StartRecord &record);

}  // namespace axo::rs
