import HingeGraph
import HingeOperators
import HingeProgram

extension Model {
    /// A model that computes gradients: how the sum of a value's elements changes with those of others.
    ///
    /// ```swift
    /// let gradient = try model.gradient(of: "loss", withRespectTo: ["x", "dense/kernel"])
    /// let results = try Session(gradient).run(["x": x])
    /// results["x_gradient"]  // of the type and shape of x
    /// ```
    ///
    /// It has the inputs of this one, and an output for each value that it is differentiated by, in order, named as that
    /// with `_gradient` behind it (and a number where that is a name already). All are ordinary operators, in the versions of
    /// this model, or of ONNX 1.16 where those can't say it: it can be simplified, written, and differentiated once more.
    /// Functions are inlined.
    ///
    /// Where a function has a corner, the choice stands at its operator: 0 for `Relu` at 0. What an operator rounds,
    /// compares or counts has the derivative zero.
    ///
    /// - Parameters:
    ///   - output: The name of what is differentiated: an output, or any other value of the graph.
    ///   - values: The names of inputs, initializers or other values of the graph. Of two that depend on each other, each
    ///     counts with all that it does.
    /// - Throws: ``HingeError`` when a value isn't there or isn't a tensor of real numbers; with the code `unsupported`, and
    ///   the node as its context, where an operator in between has no derivative.
    public func gradient(
        of output: String, withRespectTo values: [String]
    ) throws -> Model {
        var options = ProgramOptions()
        options.inlinesFunctions = true
        var program = try Program(self, options)
        let known = program.slotsByName
        let outputs = Dictionary(
            zip(graph.outputs.map(\.name), program.outputs), uniquingKeysWith: { first, _ in first }
        )
        func slot(_ name: String) throws -> Program.SlotID {
            guard let slot = outputs[name] ?? known[name] else {
                throw HingeError(.mismatch, "the model has no value '\(name)'")
            }
            return slot
        }
        try program.differentiate(slot(output), by: values.map(slot))
        let names = NameSupply()
        for name in known.keys { names.take(name) }
        program.nameOutputs(values.map { names.fresh("\($0)_gradient") })
        _ = program.removeUnused()
        var result = self
        do {
            try result.take(program)
        } catch let error as HingeError where error.code == .unsupported {
            guard let opset = opset(of: ""), opset < GraphBuilder.defaultOpset else { throw error }
            result = self
            _ = try ConvertOpset(to: GraphBuilder.defaultOpset).run(&result)
            return try result.gradient(of: output, withRespectTo: values)
        }
        result.graph.valueInfos = []
        return result
    }
}
