import Foundation
import Hinge

/// Every type of `Hinge`, named beside Foundation.
///
/// A name that one of the other modules has too would be ambiguous here; `./dev lint` sees that none is missing.
enum HingeNames {
    typealias HasArchitecture = Architecture
    typealias HasAttribute = Attribute
    typealias HasBFloat16 = BFloat16
    typealias HasByteString = ByteString
    typealias HasChooseBranch = ChooseBranch
    typealias HasConversion = Conversion
    typealias HasConvertOpset = ConvertOpset
    typealias HasDataType = DataType
    typealias HasDivergence = Divergence
    typealias HasDomain = Domain
    typealias HasEliminateIdentity = EliminateIdentity
    typealias HasFinding = Finding
    typealias HasFoldConstants = FoldConstants
    typealias HasFormatOptions = FormatOptions
    typealias HasFreezeInputs = FreezeInputs
    typealias HasFunction = Function
    typealias HasFuseBatchNormalization = FuseBatchNormalization
    typealias HasFuseGelu = FuseGelu
    typealias HasFuseHardSwish = FuseHardSwish
    typealias HasFuseLayerNormalization = FuseLayerNormalization
    typealias HasFuseMish = FuseMish
    typealias HasFuseSwish = FuseSwish
    typealias HasGraph = Graph
    typealias HasHDF5WeightsFormat = HDF5WeightsFormat
    typealias HasHingeError = HingeError
    typealias HasInferTypes = InferTypes
    typealias HasInferenceOptions = InferenceOptions
    typealias HasInferredGraph = InferredGraph
    typealias HasInlineFunctions = InlineFunctions
    typealias HasInputGenerator = InputGenerator
    typealias HasKerasFormat = KerasFormat
    typealias HasKerasOptions = KerasOptions
    typealias HasLayout = Layout
    typealias HasLowerOpset = LowerOpset
    typealias HasMappedFile = MappedFile
    typealias HasMemoryLimit = MemoryLimit
    typealias HasMergeCommon = MergeCommon
    typealias HasMetadata = Metadata
    typealias HasModel = Model
    typealias HasModelComparison = ModelComparison
    typealias HasModelContent = ModelContent
    typealias HasModelDestination = ModelDestination
    typealias HasModelFolder = ModelFolder
    typealias HasModelFormat = ModelFormat
    typealias HasModelFormats = ModelFormats
    typealias HasModelPass = ModelPass
    typealias HasModelSource = ModelSource
    typealias HasModelSummary = ModelSummary
    typealias HasNamedTensor = NamedTensor
    typealias HasNode = Node
    typealias HasNpy = Npy
    typealias HasONNXFormat = ONNXFormat
    typealias HasONNXOptions = ONNXOptions
    typealias HasOperatorVersions = OperatorVersions
    typealias HasOpsetImport = OpsetImport
    typealias HasOrigin = Origin
    typealias HasParityReport = ParityReport
    typealias HasPass = Pass
    typealias HasProgram = Program
    typealias HasProgramEditor = ProgramEditor
    typealias HasProgramOptions = ProgramOptions
    typealias HasReadOptions = ReadOptions
    typealias HasRecording = Recording
    typealias HasRemoveUnused = RemoveUnused
    typealias HasSession = Session
    typealias HasShape = Shape
    typealias HasSimplify = Simplify
    typealias HasSparseTensor = SparseTensor
    typealias HasTensor = Tensor
    typealias HasTensorComparison = TensorComparison
    typealias HasTensorElement = TensorElement
    typealias HasTensorStatistics = TensorStatistics
    typealias HasTolerance = Tolerance
    typealias HasTrainingInfo = TrainingInfo
    typealias HasValue = Value
    typealias HasValueFile = ValueFile
    typealias HasValueInfo = ValueInfo
    typealias HasValueType = ValueType
    typealias HasWriteOptions = WriteOptions
}
