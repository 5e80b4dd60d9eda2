// Where the whole system stands.
#pragma once

namespace axo::rs {

struct SystemState {
    bool up = false;          // all boot services reported; init may start
    bool going_down = false;  // nothing is restarted any more
};

}  // namespace axo::rs
