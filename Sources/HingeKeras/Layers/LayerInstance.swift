import HingeGraph
import HingeOperators

/// A layer with what the configuration says of it besides its class's own fields.
struct LayerInstance: Sendable {
    /// The layer as the file has it.
    var object: LayerObject
    /// The layer.
    var layer: any KerasLayer
    /// The element types that the layer computes with and keeps.
    var policy: TypePolicy
    /// Whether the layer may be trained.
    var isTrainable: Bool

    /// The name.
    var name: String { object.name }

    /// The variables as those of a layer inside another.
    func group(
        _ name: String, at location: LayerVariables.Location,
        label: LayerVariables.Label = .none
    ) -> LayerVariables.Group {
        LayerVariables.Group(
            name: name, location: location, variables: layer.variables, isTrainable: isTrainable,
            label: label)
    }

    /// Calls the layer: builds it from operators for the given arguments.
    ///
    /// - Throws: ``HingeError`` with the layer as its context.
    func call(
        _ arguments: CallArguments<KerasValue>, _ context: LayerContext
    ) throws -> [KerasValue] {
        try withContext(object.place) {
            var call = LayerCall(arguments: arguments, semantics: context.semantics)
            if layer.castsInputs { call = try context.casting(call) }
            let outputs = try layer.build(call, context)
            switch layer.masking(in: context.semantics) {
            case .own: return outputs
            case .drop: return outputs.map { KerasValue($0.operand) }
            case .keep: return outputs.map { KerasValue($0.operand, mask: call.keptMask) }
            }
        }
    }

    /// Calls the layer for one tensor.
    ///
    /// - Throws: ``HingeError`` with the layer as its context.
    func call(_ input: KerasValue, _ context: LayerContext) throws -> KerasValue {
        let outputs = try call(CallArguments([.tensor(input)]), context)
        guard outputs.count == 1 else {
            throw HingeError(
                .unsupported, "expected a layer with 1 output here, found \(outputs.count)",
                at: [object.place])
        }
        return outputs[0]
    }
}

/// The element types of a layer: that in which it computes, and that in which it keeps its
/// variables.
struct TypePolicy: Sendable, Equatable {
    /// The type in which the layer computes.
    var compute: DataType = .float32
    /// The type of the variables.
    var variable: DataType = .float32
    /// How the kernel is quantised, if it is.
    var quantization: Quantization?

    /// How a layer's kernel is quantised.
    enum Quantization: String, Sendable {
        /// 8-bit integers with a scale for each output.
        case int8
    }

    /// The policy of a layer that states none.
    static let standard = TypePolicy()

    private init() {}

    /// Reads a layer's `dtype`.
    ///
    /// - Throws: ``HingeError`` when the policy isn't supported.
    init(_ json: JSONValue?) throws {
        self.init()
        guard let json else { return }
        let policyClass = json["class_name"]?.string ?? "DTypePolicy"
        if policyClass == "QuantizedDTypePolicy",
            let mode = json["config"]?["mode"]?.string.flatMap(Quantization.init)
        {
            self = try TypePolicy(json["config"]?["source_name"])
            quantization = mode
            return
        }
        guard ["DTypePolicy", "Policy", "PolicyV1"].contains(policyClass),
            let name = json.string ?? json["config"]?["name"]?.string
        else {
            throw HingeError(
                .unsupported, "the type policy \(json) is not supported", at: [.field("dtype")])
        }
        switch name {
        case "mixed_float16": (compute, variable) = (.float16, .float32)
        case "mixed_bfloat16": (compute, variable) = (.bfloat16, .float32)
        default:
            guard let type = DataType(name: name) else {
                throw HingeError(
                    .unsupported, "the type '\(name)' is not supported", at: [.field("dtype")])
            }
            (compute, variable) = (type, type)
        }
    }
}
