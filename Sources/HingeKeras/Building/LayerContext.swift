import HingeGraph
import HingeOperators

/// What a layer sees while it is built: the graph, its weights, and what its configuration means.
final class LayerContext {
    /// The build that the layer is part of.
    let build: ModelBuild
    /// The layer's name, the names of the models around it before it: `encoder/dense`.
    let name: String
    /// The layer's weights.
    let weights: LayerWeights
    /// The types that the layer computes with and keeps.
    var policy: TypePolicy

    init(build: ModelBuild, name: String, weights: LayerWeights, policy: TypePolicy) {
        self.build = build
        self.name = name
        self.weights = weights
        self.policy = policy
    }

    /// What configurations mean.
    var semantics: KerasSemantics { build.semantics }

    /// The context of a layer inside this one.
    ///
    /// - Parameters:
    ///   - instance: The layer inside; `nil` for variables that aren't those of a layer of their
    ///     own.
    ///   - group: The name by which this layer's variables refer to it.
    ///   - name: The name of its nodes, where that is another.
    func inside(
        _ group: String, _ instance: LayerInstance? = nil, name: String? = nil
    ) throws -> LayerContext {
        guard let weights = weights.groups[group] else {
            throw HingeError(.internalError, "the weights of '\(group)' were not bound")
        }
        return LayerContext(
            build: build, name: "\(self.name)/\(name ?? group)", weights: weights,
            policy: instance?.policy ?? policy)
    }
}

// MARK: - Operators

extension LayerContext {
    /// Adds an operator with one output.
    ///
    /// - Parameters:
    ///   - operator: The operator.
    ///   - inputs: Its inputs.
    ///   - role: What it does within the layer, for the node's name; `nil` for what the layer
    ///     mainly does.
    @discardableResult
    func append(
        _ operator: any Operator, _ inputs: Operand..., as role: String? = nil
    ) throws -> Operand {
        try append(`operator`, inputs, outputCount: 1, as: role)[0]
    }

    /// Adds an operator with any number of inputs and outputs.
    func append(
        _ operator: any Operator, _ inputs: [Operand], outputCount: Int = 1, as role: String? = nil
    ) throws -> [Operand] {
        let nodeName = build.nodeName(name, role ?? `operator`.id.type, isMain: role == nil)
        return try build.append(`operator`, inputs, outputCount: outputCount, name: nodeName)
    }

    /// Adds a constant that is not a variable.
    func constant(_ tensor: Tensor, _ role: String = "constant") -> Operand {
        build.graph.constant(tensor, name: "\(name)/\(role)")
    }

    /// Adds a number of the type that the layer computes in.
    func scalar(_ value: Double, _ role: String = "constant") throws -> Operand {
        constant(try Tensor(filledWith: value, policy.compute, shape: []), role)
    }

    /// Adds a number of the type of another value.
    func scalar(_ value: Double, like x: Operand, _ role: String = "constant") throws -> Operand {
        constant(try Tensor(filledWith: value, dataType(x), shape: []), role)
    }

    /// The outputs of an operator for constants.
    func fold(_ operator: any Operator, _ inputs: [Tensor]) throws -> Tensor {
        try ConstantFolding.evaluate(`operator`, inputs)
    }

    /// The call with floating-point tensors converted to the type that the layer computes in.
    func casting(_ call: LayerCall) throws -> LayerCall {
        var call = call
        // Up to 3.13, Keras 3 loses the mask of a tensor that it converts.
        let losesMasks = semantics.generation == .keras3 && !semantics.isKeras3(since: 14)
        let isKeptFirst = call.keptMask != nil && call.keptMask == call.inputs.first?.mask
        call.arguments = try call.arguments.map { value in
            let operand = try cast(value.operand)
            return KerasValue(
                operand, mask: losesMasks && operand != value.operand ? nil : value.mask)
        }
        if losesMasks, isKeptFirst { call.keptMask = call.inputs.first?.mask }
        return call
    }

    /// A floating-point value in the type that the layer computes in; any other as it is.
    func cast(_ x: Operand) throws -> Operand {
        guard let type = build.graph.type(of: x)?.dataType, type.isFloatingPoint,
            type != policy.compute
        else { return x }
        return try append(Cast(to: policy.compute), x, as: "cast")
    }
}

// MARK: - Precision

extension LayerContext {
    /// The type in which sums of many elements and their quotients are formed: at least single
    /// precision.
    var preciseType: DataType { policy.compute.isHalf ? .float32 : policy.compute }

    /// A value in ``preciseType``.
    func precise(_ x: Operand, as role: String = "precise") throws -> Operand {
        try dataType(x) == preciseType ? x : append(Cast(to: preciseType), x, as: role)
    }

    /// A value in the type that the layer computes in.
    func rounded(_ x: Operand, as role: String = "rounded") throws -> Operand {
        try dataType(x) == policy.compute ? x : append(Cast(to: policy.compute), x, as: role)
    }

    /// The normalised value of a layer's input, in the type that the layer computes in.
    ///
    /// Keras gives it the input's type before: integers lose their fractions.
    func settled(_ x: Operand, like input: Operand) throws -> Operand {
        guard try dataType(input).isInteger else { return try rounded(x) }
        let whole = try append(Cast(to: dataType(input)), x, as: "whole")
        return try rounded(whole)
    }

    /// A variable in ``preciseType``.
    ///
    /// - Parameter isRounded: Whether the variable is rounded to the type that the layer computes
    ///   in before.
    func preciseWeight(
        _ name: String, _ shape: [Int], isRounded: Bool = false
    ) throws -> Tensor {
        let mismatch: ([Int]) -> String? = { $0 == shape ? nil : "\(shape)" }
        let tensor = try weight(name, as: isRounded ? policy.compute : preciseType, mismatch)
        return tensor.dataType == preciseType
            ? tensor : try fold(Cast(to: preciseType), [tensor])
    }
}

extension DataType {
    /// Whether this is a floating-point type of 16 bits.
    var isHalf: Bool { self == .float16 || self == .bfloat16 }
}

// MARK: - What is known of values

extension LayerContext {
    /// The element type of a value.
    ///
    /// - Throws: ``HingeError`` when it isn't known.
    func dataType(_ x: Operand) throws -> DataType {
        guard let type = build.graph.type(of: x)?.dataType else {
            throw HingeError(.unsupported, "the element type of '\(x.name)' is not known")
        }
        return type
    }

    /// The shape of a value.
    ///
    /// - Throws: ``HingeError`` when not even the rank is known.
    func shape(_ x: Operand) throws -> Shape {
        guard let shape = build.graph.type(of: x)?.shape else {
            throw HingeError(.unsupported, "the rank of '\(x.name)' is not known")
        }
        return shape
    }

    /// The number of dimensions of a value.
    func rank(_ x: Operand) throws -> Int { try shape(x).rank }

    /// The extent of a value along an axis, which may be negative.
    ///
    /// - Throws: ``HingeError`` when it isn't known.
    func extent(_ x: Operand, _ axis: Int) throws -> Int {
        let shape = try shape(x)
        let index = try InferenceContext.axis(axis, rank: shape.rank)
        guard let extent = shape[index].extent else {
            throw HingeError(
                .unsupported, "expected a known size of dimension \(index), found \(shape)")
        }
        return extent
    }

    /// Throws unless a value has one of the given ranks.
    func requireRank(_ x: Operand, _ ranks: ClosedRange<Int>) throws {
        let shape = try shape(x)
        guard ranks.contains(shape.rank) else {
            let expected =
                ranks.count == 1 ? "\(ranks.lowerBound)" : "at least \(ranks.lowerBound)"
            throw HingeError(
                .mismatch, "expected an input of \(expected) dimensions, found \(shape)")
        }
    }
}

// MARK: - Weights

extension LayerContext {
    /// A variable, in the type that the layer computes in.
    ///
    /// - Throws: ``HingeError`` when its shape is not the expected one.
    func weight(_ name: String, _ shape: [Int]) throws -> Tensor {
        try weight(name, as: policy.compute) { $0 == shape ? nil : "\(shape)" }
    }

    /// A variable, in the given type.
    ///
    /// - Parameters:
    ///   - name: The variable.
    ///   - type: The type to convert it to, if its own is another floating-point type.
    ///   - mismatch: What shape is expected when the given one is wrong.
    /// - Throws: ``HingeError`` when its shape is not the expected one.
    func weight(
        _ name: String, as type: DataType, _ mismatch: ([Int]) -> String?
    ) throws -> Tensor {
        guard let variable = weights.variables[name] else {
            throw HingeError(.internalError, "the variable '\(name)' was not bound")
        }
        return try withContext(.tensor(variable.path)) {
            if let expected = mismatch(variable.shape) {
                throw HingeError(
                    .mismatch, "expected shape \(expected), found \(variable.shape)")
            }
            let tensor = try variable.tensor(policy.variable)
            guard tensor.dataType != type, tensor.dataType.isFloatingPoint else { return tensor }
            return try fold(Cast(to: type), [tensor])
        }
    }

    /// A constant made from variables; the same one for every call of the layer.
    func variable(_ name: String, _ make: () throws -> Tensor) throws -> Operand {
        if let operand = weights.operands[name] { return operand }
        let operand = build.graph.constant(try make(), name: "\(self.name)/\(name)")
        weights.operands[name] = operand
        return operand
    }

    /// A variable as a constant of the graph, as it stands in the file.
    func variable(_ name: String, _ shape: [Int]) throws -> Operand {
        try variable(name) { try weight(name, shape) }
    }
}
