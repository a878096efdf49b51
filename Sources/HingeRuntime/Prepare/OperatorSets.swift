import HingeGraph
import HingeOperators

/// The operators that the nodes of a graph may be: the versions imported, and the model's own functions.
struct OperatorSets: Sendable {
    /// A function's name, as nodes call it.
    struct FunctionID: Hashable, Sendable {
        let domain: String
        let type: String
        let overload: String
    }

    private var versions: [String: Int]
    private let functions: [FunctionID: Function]
    /// The functions whose bodies are being read, outermost first.
    private var callers: [FunctionID] = []

    init(_ model: Model) {
        versions = OperatorSets.versions(model.opsetImports)
        functions = Dictionary(
            model.functions.map { function in
                let domain = function.domain.plainDomain
                return (
                    FunctionID(
                        domain: domain, type: function.name, overload: function.overload),
                    function
                )
            }
        ) { first, _ in first }
    }

    /// The version of the node's domain.
    ///
    /// - Throws: ``HingeError`` when the domain isn't imported.
    func version(of node: Node) throws -> Int {
        let domain = node.domain == ChannelsLast.domain ? "" : node.domain.plainDomain
        guard let version = versions[domain] else {
            let name = domain.isEmpty ? "ai.onnx" : domain
            throw HingeError(.badData, "the model does not import the operators of '\(name)'")
        }
        return version
    }

    /// The function that the node calls, if it is a function.
    func function(_ node: Node) -> Function? {
        functions[OperatorSets.id(node)]
    }

    /// The operators inside the function that the node calls.
    ///
    /// - Throws: ``HingeError`` when the function calls itself.
    func inside(_ function: Function, calledBy node: Node) throws -> OperatorSets {
        let id = OperatorSets.id(node)
        guard !callers.contains(id) else {
            throw HingeError(.badData, "the function calls itself")
        }
        var sets = self
        sets.callers.append(id)
        sets.versions.merge(OperatorSets.versions(function.opsetImports)) { $1 }
        return sets
    }

    private static func id(_ node: Node) -> FunctionID {
        FunctionID(domain: node.domain.plainDomain, type: node.type, overload: node.overload)
    }

    private static func versions(_ imports: [OpsetImport]) -> [String: Int] {
        Dictionary(imports.map { ($0.domain.plainDomain, $0.version) }) { first, _ in first }
    }
}

extension String {
    /// The domain without its second name: `ai.onnx` is the empty domain.
    fileprivate var plainDomain: String { self == "ai.onnx" ? "" : self }
}
