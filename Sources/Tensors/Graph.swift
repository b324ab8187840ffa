/// One step of a graph. `inputs` and `output` are indices of values; an absent optional operand is not listed.
package struct Node: Sendable {
    package let name: String
    package var operation: Operation
    package var inputs: [Int]
    package var output: Int
    /// Applied to the result at once; the value before it is not kept.
    package var activation: Activation?

    package init(name: String, operation: Operation, inputs: [Int], output: Int) {
        self.name = name
        self.operation = operation
        self.inputs = inputs
        self.output = output
    }
}

/// The engine's own form of a network: typed nodes over values with static shapes, in the order of computation.
///
/// A value is the input, a constant, or the output of exactly one node. Shapes and limits are checked as nodes are
/// added, so that what runs later needs no check.
package struct Graph: Sendable {
    package struct Value: Sendable {
        package var name: String
        package let shape: [Int]
    }

    package private(set) var values: [Value] = []
    package private(set) var nodes: [Node] = []
    /// Weights and other constants, by value.
    package var constants: [Int: Tensor] = [:]
    /// The one input `[N, C, H, W]`.
    package private(set) var input = 0
    /// What the graph computes.
    package var output = 0

    private var activationElements = 0
    private var operations = 0

    /// Starts a graph with its input.
    package init(inputName: String, shape: [Int]) throws(TensorError) {
        _ = try Graph.elementCount(shape)
        values.append(Value(name: inputName, shape: shape))
    }

    package func shape(_ value: Int) -> [Int] { values[value].shape }

    /// Adds a weight or another constant.
    package mutating func addConstant(_ name: String, _ tensor: Tensor) -> Int {
        values.append(Value(name: name, shape: tensor.shape))
        constants[values.count - 1] = tensor
        return values.count - 1
    }

    /// Adds a node, and returns its output. Throws if the operands do not fit or a limit is passed.
    package mutating func add(
        _ operation: Operation, _ inputs: [Int], name: String, outputName: String? = nil
    ) throws(TensorError) -> Int {
        guard nodes.count < Limits.nodes else {
            throw .limitExceeded(quantity: "nodes", limit: Limits.nodes)
        }
        let shape = try outputShape(of: operation, inputs.map { values[$0].shape }, node: name)
        activationElements += try Graph.elementCount(shape)
        guard activationElements <= Limits.activationElements else {
            throw .limitExceeded(quantity: "activation elements", limit: Limits.activationElements)
        }
        operations += try operationCount(of: operation, inputs.map { values[$0].shape }, output: shape)
        guard operations <= Limits.operations else {
            throw .limitExceeded(quantity: "operations", limit: Limits.operations)
        }
        values.append(Value(name: outputName ?? name, shape: shape))
        nodes.append(Node(name: name, operation: operation, inputs: inputs, output: values.count - 1))
        output = values.count - 1
        return output
    }

    /// Gives a value another name.
    package mutating func rename(_ value: Int, _ name: String) { values[value].name = name }

    /// Puts other nodes in place of the present ones; used by passes that keep every value's shape.
    mutating func replaceNodes(_ nodes: [Node]) { self.nodes = nodes }

    /// The node that computes a value, if one does.
    package func producer(of value: Int) -> Node? { nodes.first { $0.output == value } }

    /// The number of elements of a shape. Throws if an extent is not positive or the product passes the limit.
    static func elementCount(_ shape: [Int]) throws(TensorError) -> Int {
        guard shape.count <= Limits.rank else { throw .limitExceeded(quantity: "axes", limit: Limits.rank) }
        var count = 1
        for extent in shape {
            guard extent > 0 else { throw .malformed(detail: "a tensor with an extent below 1") }
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= Limits.tensorElements else {
                throw .limitExceeded(quantity: "elements of one tensor", limit: Limits.tensorElements)
            }
            count = product
        }
        return count
    }
}
