@_exported import HingeGraph
@_exported import HingeOperators
@_exported import HingeParity
@_exported import HingeProgram
@_exported import HingeRuntime
@_exported import HingeTransforms
