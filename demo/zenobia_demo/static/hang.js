document.getElementById("hang").addEventListener("click", () => { while (true) {} });
