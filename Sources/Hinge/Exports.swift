@_exported import HingeGraph
@_exported import HingeOperators
@_exported import HingeParity
@_exported import HingeRuntime
