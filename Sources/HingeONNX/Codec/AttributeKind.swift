import HingeGraph

/// The types of attributes: their number in `AttributeProto.AttributeType`, and the number of the field of
/// `AttributeProto` that holds the value.
enum AttributeKind: Int, CaseIterable {
    case undefined = 0
    case float, int, string, tensor, graph
    case floats, ints, strings, tensors, graphs
    case sparseTensor, sparseTensors
    case type, types

    /// The number of the field that holds the value.
    var field: Int? {
        switch self {
        case .undefined: nil
        case .float: 2
        case .int: 3
        case .string: 4
        case .tensor: 5
        case .graph: 6
        case .floats: 7
        case .ints: 8
        case .strings: 9
        case .tensors: 10
        case .graphs: 11
        case .type: 14
        case .types: 15
        case .sparseTensor: 22
        case .sparseTensors: 23
        }
    }

    /// Whether values of the kind hold tensors.
    var holdsTensors: Bool {
        switch self {
        case .tensor, .tensors, .graph, .graphs, .sparseTensor, .sparseTensors: true
        default: false
        }
    }

    /// Whether values of the kind are lists, which are empty when they are not given.
    var isList: Bool {
        switch self {
        case .floats, .ints, .strings, .tensors, .graphs, .sparseTensors, .types: true
        default: false
        }
    }

    /// The name that ``Attribute/Value/kind`` uses.
    var name: String {
        switch self {
        case .undefined: "undefined"
        case .float: "float"
        case .int: "int"
        case .string: "string"
        case .tensor: "tensor"
        case .graph: "graph"
        case .floats: "floats"
        case .ints: "ints"
        case .strings: "strings"
        case .tensors: "tensors"
        case .graphs: "graphs"
        case .sparseTensor: "sparse tensor"
        case .sparseTensors: "sparse tensors"
        case .type: "type"
        case .types: "types"
        }
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

    /// The kind with the given name; undefined for any other.
    init(name: String) { self = AttributeKind.byName[name] ?? .undefined }
}
