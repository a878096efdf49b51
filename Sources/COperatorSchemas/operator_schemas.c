#include "operator_schemas.h"
