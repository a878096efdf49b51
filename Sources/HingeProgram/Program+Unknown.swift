import HingeGraph

extension Model {
    /// The nodes that can't be run, since their operator isn't known or can't be read where it stands, with the reasons;
    /// those of functions where they are called, those of bodies included.
    ///
    /// - Throws: ``HingeError`` when the graph can't be understood at all.
    package func unknownNodes() throws -> [HingeError] {
        var options = ProgramOptions()
        options.inlinesFunctions = true
        return try Program(self, options).unknownNodes
    }
}

extension Program {
    fileprivate var unknownNodes: [HingeError] {
        steps.flatMap { step in
            let own = (step.operation as? OpaqueOperation).map { [$0.reason] } ?? []
            return own + step.bodies.flatMap(\.program.unknownNodes)
        }
    }
}
