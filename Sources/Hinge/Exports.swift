@_exported import HingeGraph
@_exported import HingeHDF5
@_exported import HingeKeras
@_exported import HingeONNX
@_exported import HingeParity
@_exported import HingeProgram
@_exported import HingeRuntime
@_exported import HingeTransforms
